-- What the benchmark makes of its figures.
local figures = require "bench.figures"
local judge = require "bench.judge"
local report = require "bench.report"

describe("The benchmark's figures", function()
  it("are the median, the least and the most of all rounds", function()
    assert.same({ median = 3, min = 1, max = 9 }, figures.summary { 9, 1, 3 })
    assert.same({ median = 2.5, min = 1, max = 4 },
      figures.summary { 4, 1, 3, 2 })
    assert.is_nil(figures.summary {})
  end)

  it("leave out a round that failed", function()
    local rounds = { { cost = 4 }, [3] = { cost = 8 } }
    assert.equal(6, figures.of(rounds, "cost").median)
  end)

  it("form a ratio in each round by itself", function()
    local slow = { { cost = 20 }, { cost = 200 }, { cost = 30 } }
    local quick = { { cost = 10 }, { cost = 100 } }
    assert.same({ median = 2, min = 2, max = 2 },
      figures.ratio(slow, quick, "cost", 3))
  end)

  it("are written as people read them", function()
    assert.equal("0.59", figures.show(0.588))
    assert.equal("14.2", figures.show(14.22))
    assert.equal("999", figures.show(999.4))
    assert.equal("1,594,920", figures.show(1594920))
    assert.equal("2.00 (1.00–3.00)", figures.text(figures.summary { 1, 2, 3 }))
    assert.equal("–", figures.text(nil))
  end)
end)

describe("The benchmark's verdict", function()
  local function round(cost, speed, busy)
    return { server_us = cost, per_second = speed, load_share = busy or 0.5 }
  end

  local function passes(target, base, other)
    local outcome = { results = { base = { base }, ws = { other } },
      failed = {} }
    return judge.target(target, outcome, 1).passed
  end

  local twice = { against = "ws", least = 2 }

  it("asks for both CPU and throughput", function()
    assert.is_true(passes(twice, round(1, 200), round(2, 100)))
    assert.is_false(passes(twice, round(1.1, 200), round(2, 100)))
    assert.is_false(passes(twice, round(1, 190), round(2, 100)))
  end)

  it("asks for CPU alone where the load generator held a run up", function()
    assert.is_true(passes(twice, round(1, 110, 0.95), round(2, 100)))
    assert.is_true(passes(twice, round(1, 110), round(2, 100, 0.95)))
    assert.is_false(passes(twice, round(1.1, 220, 0.95), round(2, 100)))
  end)

  it("turns round what is better when it is less", function()
    local target = { against = "ws", least = 1, figure = "p99_us" }
    assert.is_true(passes(target, { p99_us = 3 }, { p99_us = 4 }))
    assert.is_false(passes(target, { p99_us = 4 }, { p99_us = 3 }))
  end)

  it("holds a bound from above", function()
    local target = { against = "ws", most = 1.15, figure = "server_us" }
    assert.is_true(passes(target, round(1.1, 1), round(1, 1)))
    assert.is_false(passes(target, round(1.2, 1), round(1, 1)))
    assert.is_true(passes({ figure = "server_us", most = 2 }, round(2, 1)))
    assert.is_false(passes({ figure = "server_us", most = 2 }, round(3, 1)))
  end)

  it("is about the run of Base that it names", function()
    local outcome = { failed = {}, results = {
      base = { round(9, 1) }, kept = { round(1, 200) }, ws = { round(2, 100) },
    } }
    local target = { against = "ws", least = 2, of = "kept" }
    assert.is_true(judge.target(target, outcome, 1).passed)
    assert.is_false(judge.target(twice, outcome, 1).passed)
    outcome.failed.kept = "round 1: it does not listen"
    assert.is_nil(judge.target(target, outcome, 1).passed)
  end)

  it("is none where a run failed or is not there", function()
    assert.is_nil(passes(twice, round(1, 200), nil))
    local outcome = {
      results = { base = { round(1, 200) }, ws = { round(2, 100) } },
      failed = { ws = "round 2: it does not listen" },
    }
    assert.is_nil(judge.target(twice, outcome, 2).passed)
  end)
end)

describe("The benchmark's report", function()
  it("puts a part in the place of the one with its title", function()
    local text = "# Results\n\n## a: b\n\n# Channels\n\nold\n"
    assert.equal("# Results\n\n## a: b\n\n# Channels\n\nnew\n",
      report.put(text, "Channels", "# Channels\n\nnew\n"))
    assert.equal("# Results\n\nnew\n\n# Channels\n\nold\n",
      report.put(text, "Results", "# Results\n\nnew\n"))
  end)

  it("puts a new part behind the others", function()
    assert.equal("# Channels\n\nnew\n",
      report.put("", "Channels", "# Channels\n\nnew\n"))
    assert.equal("# Results\n\nold\n\n# Channels\n",
      report.put("# Results\n\nold\n", "Channels", "# Channels\n"))
  end)
end)
