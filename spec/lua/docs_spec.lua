-- The pages of the documentation: their links, their length and their code.
local files = require "spec.support.files"
local pages = require "spec.support.pages"
local site = require "docs.site.site"

describe("The documentation", function()
  local list = pages.list "."
  local read = pages.read(".", list)

  it("is there", function()
    assert.is_true(#list > 20)
    assert.is_not_nil(read["README.md"])
    assert.is_not_nil(read["docs/index.md"])
  end)

  it("has no link that leads nowhere", function()
    assert.same({}, pages.dead_links(".", read))
  end)

  it("has no page of more than 300 lines", function()
    assert.same({}, pages.too_long(read))
  end)

  it("has no page that docs/index.md leaves out", function()
    assert.same({}, pages.hidden(read, site.navigation()))
  end)

  it("has nothing that its site cannot show", function()
    assert.same({}, pages.not_shown(read))
  end)

  it("has code that parses", function()
    assert.same({}, pages.bad_code(read))
  end)
end)

describe("A wrong page", function()
  local root

  before_each(function() root = files.folder() end)
  after_each(function() files.remove(root) end)

  -- Reads docs/a.md with this text, beside docs/b.md.
  local function read(text)
    files.write(root .. "/docs/a.md", text .. "\n")
    files.write(root .. "/docs/b.md", "# One\n\n## A `b`: c\n\n## One\n")
    return pages.read(root, { "docs/a.md", "docs/b.md" })
  end

  it("is found by links that lead nowhere", function()
    local page = read [[
# Here

[good](b.md#a-b-c) and [bad](c.md), `[code](d.md)`, [far](https://e.f/g.md)
[heading](b.md#a-b), [folder](../docs), [twice](b.md#one-1), [own](#there)
![picture](x.png), [own](#here)

```sh
# [code](d.md)
```]]
    assert.same({
      "docs/a.md:3: 'c.md' leads to no file",
      "docs/a.md:4: 'b.md#a-b' leads to no heading",
      "docs/a.md:4: '#there' leads to no heading",
      "docs/a.md:5: 'x.png' leads to no file",
    }, pages.dead_links(root, page))
  end)

  it("is found by its length", function()
    assert.same({}, pages.too_long(read(("\n"):rep(299))))
    assert.same({ "docs/a.md: 301 lines, more than 300" },
      pages.too_long(read(("\n"):rep(300))))
  end)

  it("is found where the navigation leaves it out", function()
    local page = read "[b](b.md)"
    local navigation = { { text = "Part", items = {
      { link = "/b", items = { { link = "/a" } } } } } }
    assert.same({}, pages.hidden(page, navigation))
    navigation[1].items[1].items = nil
    assert.same({ "docs/a.md: docs/index.md does not link to it" },
      pages.hidden(page, navigation))
  end)

  it("is found by what its site cannot show", function()
    assert.same({
      "docs/a.md:1: <id> is no tag to use: put it into code",
      "docs/a.md:2: {{ is read by the site's generator: put it into code",
    }, pages.not_shown(read "/users/<id>\n{{ a }}\n`<id> {{ a }}` <br>"))
  end)

  it("is found by code that does not parse", function()
    local function bad(language, text)
      local page = read(("```%s\n%s\n```"):format(language, text))
      return #pages.bad_code(page) > 0
    end
    assert.is_false(bad("lua", "local a = 1"))
    assert.is_false(bad("lua", "{ a = 1 }"))
    assert.is_false(bad("lua", "a = 1,\nb = function() end,"))
    assert.is_true(bad("lua", "a = 1 b"))
    assert.is_true(bad("lua", "-- base.lua\n{ a = 1 }"))
    assert.is_false(bad("json", '{"a": [1, null]}'))
    assert.is_true(bad("json", "{a: 1}"))
    assert.is_false(bad("sh", "export A=1 # a comment"))
    assert.is_true(bad("sh", "if true; then"))
    assert.is_false(bad("js", "if true; then"))
  end)

  it("names the line of the piece of code", function()
    local mistakes = pages.bad_code(read "text\n\n```lua\n)\n```")
    assert.equal(1, #mistakes)
    assert.matches("^docs/a.md:3: ", mistakes[1])
  end)
end)
