-- Which files a handler may send, and which folder may be the public one: never
-- what Base itself reads.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"

-- The handler sends what the query names.
local BASE_LUA = [[
return {
  address = "127.0.0.1", %s
  authenticate = function(connection, register)
    register(connection, { id = 1 })
  end,
  http = function(request, response)
    if request.path ~= "/file" then return end
    response:file(request.query.path, request.query.root
      and { root = request.query.root })
  end,
} -- SECRET
]]

local FILES = {
  ["actions/echo.lua"] = "return function() end -- SECRET",
  ["actions/notes.txt"] = "SECRET",
  ["lib/shop.lua"] = "return {} -- SECRET",
  ["lib/shop.txt"] = "a text",
  ["lib/shop.luac"] = "another text",
  ["files/a.txt"] = "a file",
  ["files/.env"] = "SECRET",
  ["public/index.html"] = "a page",
  ["public/download.lua"] = "a download",
  ["base.lua.txt"] = "a text",
}

local function start(settings, more)
  local all = { ["base.lua"] = BASE_LUA:format(settings or "") }
  for path, text in pairs(FILES) do all[path] = text end
  for path, text in pairs(more or {}) do all[path] = text end
  return server.start { files = all }
end

local function link(base, target, name)
  files.run(("ln -s %s %s"):format(files.quote(target),
    files.quote(base.dir .. "/" .. name)))
end

describe("response:file", function()
  local base

  setup(function()
    base = start()
    link(base, "a.txt", "files/link.txt")
    link(base, "../base.lua", "files/base.txt")
    link(base, "../lib/shop.lua", "files/shop.txt")
    link(base, "../actions", "files/deeds")
    link(base, "../lib", "files/lib")
    link(base, "lib/shop.lua", "shop.txt")
    link(base, "actions", "deeds")
  end)

  teardown(function()
    base:stop()
  end)

  local function ask(path, root)
    local query = "path=" .. path .. (root and "&root=" .. root or "")
    return http.request { port = base.port, path = "/file?" .. query }
  end

  it("sends what is below its folder, the public one without another",
    function()
      assert.equal("a page", ask("index.html").body)
      assert.equal("a file", ask("a.txt", "files").body)
      assert.equal("a file", ask("link.txt", "files").body)
      assert.equal("a file", ask("a.txt", base.dir .. "/files").body)
      assert.equal("a file", ask("files/a.txt", ".").body)
      assert.equal("a text", ask("shop.txt", "lib").body)
      assert.equal("another text", ask("shop.luac", "lib").body)
      assert.equal("a text", ask("base.lua.txt", ".").body)
    end)

  it("sends no file from anywhere else", function()
    for _, path in ipairs { "a.txt", "files/a.txt", "../files/a.txt",
      "../base.lua", "/etc/passwd", "sub/../index.html", ".", "..", "",
      "%2e%2e/base.lua", "..%2fbase.lua", "index.html%00", "index.html/",
      "..%5cbase.lua", base.dir .. "/base.lua" } do
      assert.equal(404, ask(path).status, path)
    end
    for _, path in ipairs { ".env", "base.txt", "shop.txt", "lib/shop.txt",
      "deeds/notes.txt" } do
      assert.equal(404, ask(path, "files").status, path)
    end
    assert.equal(404, ask("a.txt", "none").status)
  end)

  it("never sends files that Base reads itself, in any folder", function()
    local before = base:log()
    assert.is_nil(before:find "response:file does not send")
    for root, paths in pairs {
      ["."] = { "base.lua", "lib/shop.lua", "actions/echo.lua",
        "actions/notes.txt", "deeds/notes.txt", "shop.txt",
        "public/download.lua", "./base.lua" },
      ["./lib/.."] = { "base.lua" },
      [".."] = { base.dir:match "[^/]*$" .. "/base.lua" },
      ["/"] = { base.dir:sub(2) .. "/base.lua",
        base.dir:sub(2) .. "/actions/notes.txt" },
      [base.dir] = { "base.lua", "lib/shop.lua" },
      actions = { "echo.lua", "notes.txt" },
      deeds = { "notes.txt" },
      lib = { "shop.lua" },
    } do
      for _, path in ipairs(paths) do
        local answer = ask(path, root)
        assert.equal(404, answer.status, root .. " " .. path)
        assert.is_nil(answer.body:find "SECRET")
      end
    end
    base:wait_log "warn response:file does not send Lua files of the project"
    local _, count = base:log():gsub("response:file does not send", "")
    assert.equal(1, count)
  end)

  it("leaves downloads to the public folder", function()
    assert.equal("a download", http.request { port = base.port,
      path = "/download.lua" }.body)
    client.join(base):close()
  end)
end)

describe("public", function()
  local folder

  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  local function write(settings)
    for path, text in pairs(FILES) do
      files.write(folder .. "/" .. path, text)
    end
    files.write(folder .. "/base.lua", BASE_LUA:format(settings))
  end

  local function run(...)
    local child = process.start { server.program(), ... }
    local status = child:wait_end(20)
    local log = child:log()
    child:remove()
    return status, log
  end

  local function refuses(settings, why)
    write(settings)
    for _, words in ipairs { { "check", folder }, { folder } } do
      local status, log = run(table.unpack(words))
      assert.equal(1, status, settings)
      assert.matches("'public' must be a separate folder", log, 1, true)
      assert.matches(why, log, 1, true)
    end
  end

  it("is not the project, nor what it lies in, however that is written",
    function()
      files.run("ln -s . " .. files.quote(folder .. "/here"))
      local parent = folder:match "^(.*)/"
      for _, path in ipairs { ".", "./", "./.", "lib/..", "here", "here/here",
        "..", "../..", "/", folder, folder .. "/", parent, "public/../." } do
        refuses(("public = %q,"):format(path), "contains the project")
      end
    end)

  it("is not the project by its name alone, either", function()
    write ""
    files.run("rm -r " .. files.quote(folder .. "/public"))
    files.run("ln -s . " .. files.quote(folder .. "/public"))
    local status, log = run("check", folder)
    assert.equal(1, status)
    assert.matches("contains the project", log, 1, true)
  end)

  it("is not the folder of the actions, nor around it, nor in it", function()
    files.run("mkdir -p " .. files.quote(folder .. "/site/actions/sub"))
    files.run("ln -s actions " .. files.quote(folder .. "/deeds"))
    refuses('public = "actions",', "contains the actions folder")
    refuses('public = "deeds",', "contains the actions folder")
    local own = 'actions = { path = "site/actions" }, public = %q,'
    refuses(own:format "site", "contains the actions folder")
    refuses(own:format "site/actions/sub", "inside the actions folder")
  end)

  it("is any other folder", function()
    for _, path in ipairs { "public", "files", "lib", "./public/",
      folder .. "/files", "/usr/share" } do
      write(("public = %q,"):format(path))
      local status, log = run("check", folder)
      assert.equal(0, status, log)
    end
    write "public = false,"
    assert.equal(0, (run("check", folder)))
  end)

  it("keeps its old folder where a reload names a wrong one", function()
    local base <close> = start()
    files.write(base.dir .. "/base.lua", BASE_LUA:format 'public = ".",')
    base:signal "HUP"
    base:wait_log "'public' must be a separate folder"
    base:wait_log "not reloaded"
    assert.equal(404, http.request { port = base.port,
      path = "/base.lua" }.status)
    assert.equal("a page", http.request { port = base.port }.body)
  end)
end)
