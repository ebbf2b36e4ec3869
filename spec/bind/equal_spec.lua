-- Comparing what somebody says with what is secret: base.equal.
local world = require "spec.helper"

after_each(world.reset)

local function equal(arguments)
  world.project { ["actions/run.lua"] =
    world.action("\nseen[1] = base.equal(" .. arguments .. ")") }
  world.user "ada":say { "run" }
  return world.seen[1]
end

describe("base.equal", function()
  it("is true for equal strings, and false for all others", function()
    assert.is_true(equal "'secret', 'secret'")
    assert.is_true(equal "'a\\0b', 'a\\0b'")
    for _, arguments in ipairs { "'secret', 'Secret'", "'secret', 'secre'",
        "'secre', 'secret'", "'secretsecret', 'secret'", "'', 'secret'",
        "'a\\0b', 'a\\0c'" } do
      assert.is_false(equal(arguments), arguments)
    end
  end)

  it("is false where one is nil or the secret is empty", function()
    for _, arguments in ipairs { "nil, 'secret'", "'secret', nil", "nil, nil",
        "", "'secret'", "'', ''", "'x', ''" } do
      assert.is_false(equal(arguments), arguments)
    end
  end)

  for _, arguments in ipairs { "42, 'x'", "'x', 42", "{}, 'x'", "'x', true",
      "nil, 42" } do
    it("raises at the caller's line for " .. arguments, function()
      assert.is_nil(equal(arguments))
      local log = world.log()
      assert.equal("actions/run.lua:3", world.place(log))
      assert.matches("string or nil expected, got %a+", log)
    end)
  end
end)
