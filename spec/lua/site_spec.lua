-- What the site of the documentation is made from: docs/site/.
local cjson = require "cjson"
local files = require "spec.support.files"
local markdown = require "docs.site.markdown"

describe("An anchor", function()
  for heading, anchor in pairs {
    ["Start"] = "start",
    ["`connection:send_text`"] = "connectionsend_text",
    ["`waiting_per_user`, `waiting_per_address`"] =
      "waiting_per_user-waiting_per_address",
    ["TLS & HTTP/1.1 – what?"] = "tls--http11--what",
    ["See [the page](b.md#c)"] = "see-the-page",
    ["Äpfel"] = "Äpfel",
  } do
    it("of '" .. heading .. "' is as a Git hosting page has it", function()
      assert.equal(anchor, markdown.anchor(heading))
    end)
  end
end)

describe("The site", function()
  local root, laid_out

  setup(function()
    root = files.folder()
    local function write(path, text) files.write(root .. "/" .. path, text) end
    write("docs/index.md", [[
# Home

[c](reference/c.md)
[b](how-to/b.md) [a](tutorial/a.md) [lua](reference/lua.md)
[far](reference/lua/x.md) [c](reference/c.md)
]])
    write("docs/tutorial/a.md", [[
# The `a`

[one](../how-to/b.md#there) [two](../../README.md)
[three](../../base.lua) [four](../openapi.json)
[five](../../actions/) ![six](../images/six.png)
`[seven](../../base.lua)` [eight](https://example.com/base.lua) [nine](#the-a)
]])
    write("docs/how-to/b.md", "# B\n")
    write("docs/reference/lua.md", "# Lua\n\n[x](lua/x.md)\n")
    write("docs/reference/lua/x.md", "# X\n")
    write("docs/reference/c.md", "# C\n")
    write("docs/openapi.json", "{}")
    write("docs/images/six.png", "PNG")
    write("README.md", "# Read\n\n[docs/index.md](docs/index.md)\n")
    write("base.lua", "return {} -- ```\n")
    write("actions/hello.lua", "return nil\n")
    laid_out = root .. "/site"
    files.run(("cd %s && LUA_PATH='%s/?.lua;;' lua5.4 -e "
      .. [["print(require 'docs.site.site'.lay_out 'site')"]])
      :format(files.quote(root), files.run "pwd"))
  end)

  teardown(function() files.remove(root) end)

  local function read(path) return files.read(laid_out .. "/" .. path) end

  it("has links that lead to where things lie in it", function()
    assert.equal([[
# The `a`

[one](../how-to/b.md#there) [two](../source/README.md)
[three](../source/base.lua.md) [four](../openapi.json)
[five](../source/actions/index.md) ![six](../images/six.png)
`[seven](../../base.lua)` [eight](https://example.com/base.lua) [nine](#the-a)
]], read "tutorial/a.md")
    assert.equal("# Read\n\n[docs/index.md](../index.md)\n",
      read "source/README.md")
  end)

  it("shows files and folders outside of docs/ as pages", function()
    assert.equal("# base.lua\n\n````lua\nreturn {} -- ```\n````\n",
      read "source/base.lua.md")
    assert.equal("# actions/\n\n- `hello.lua`\n",
      read "source/actions/index.md")
    assert.equal("{}", read "public/openapi.json")
    assert.equal("PNG", read "images/six.png")
  end)

  it("leads through its parts in the order of docs/index.md", function()
    assert.same({
      { text = "Tutorial", collapsed = true,
        items = { { text = "The a", link = "/tutorial/a" } } },
      { text = "How-to", collapsed = true,
        items = { { text = "B", link = "/how-to/b" } } },
      { text = "Reference", collapsed = true,
        items = { { text = "Lua", link = "/reference/lua", collapsed = true,
          items = { { text = "X", link = "/reference/lua/x" } } },
          { text = "C", link = "/reference/c" } } },
    }, cjson.decode(read "navigation.json"))
  end)

  it("is not made with a link that leads nowhere", function()
    files.write(root .. "/docs/how-to/b.md", "# B\n\n[x](../nobody.md)\n")
    local ok, why = pcall(files.run, ("cd %s && LUA_PATH='%s/?.lua;;' lua5.4 "
      .. [[-e "require 'docs.site.site'.lay_out 'other'"]]):format(
      files.quote(root), files.run "pwd"))
    assert.is_false(ok)
    assert.matches("docs/how%-to/b.md: the link '../nobody.md' leads nowhere",
      why)
  end)
end)
