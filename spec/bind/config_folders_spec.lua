-- Settings that name folders, and actions.
local config = require "base.config"

local support = require "spec.support.settings"

local nothing, disk = support.nothing, support.disk
local check, accepted = support.check, support.accepted
local refused, setting = support.refused, support.setting

describe("folders", function()
  local here = disk { public = "directory", web = "directory",
    actions = "directory", index = "file" }

  it("public is served if it is there", function()
    assert.equal("public", accepted({}, { exists = here }).public)
    assert.is_nil(accepted().public)
    assert.is_nil(accepted({}, { exists = disk { public = "file" } }).public)
  end)

  it("what is there has to be readable", function()
    local function locked(path)
      return path == "public" or path == "key.pem",
        path == "public" and "directory" or "file", "Permission denied"
    end
    assert.equal("base.lua: 'public' cannot be read: Permission denied; "
      .. "public = false serves no files", refused({}, { exists = locked }))
    accepted({ public = false }, { exists = locked })
    assert.truthy(select(2, check({ public = false,
      tls = { certificate = "key.pem", key = "key.pem" } },
      { exists = locked }))[1]:find('"key.pem", which cannot be read: '
        .. "Permission denied", 1, true))
  end)

  it("public may be another or none", function()
    assert.equal("web", accepted({ public = "web" }, { exists = here }).public)
    assert.is_nil(accepted({ public = false }, { exists = here }).public)
  end)

  it("have to be there when they are named", function()
    for _, name in ipairs { "public", "actions.path" } do
      local function mistake_of(path)
        return refused(setting(name, path), { exists = here })
      end
      assert.truthy(mistake_of("gone"):find("which does not exist", 1, true))
      assert.truthy(mistake_of("index"):find("which is a file", 1, true))
      mistake_of("")
      mistake_of(true)
    end
    refused { actions = { path = "actions" } }
    refused { public = "public" }
  end)

  it("are looked for on the disk", function()
    local settings = { authenticate = nothing, public = "spec",
      actions = { path = "README-that-is-not-there" } }
    local folder, mistakes = config.check(settings)
    assert.equal("spec", folder.public)
    assert.equal(1, #mistakes)
    settings.actions, settings.public = nil, "spec/bind/config_spec.lua"
    mistakes = select(2, config.check(settings))
    assert.truthy(mistakes[1]:find("which is a file", 1, true))
  end)
end)

describe("actions", function()
  it("have public commands", function()
    local public = { "login", "room/join", ("x"):rep(128) }
    assert.same(public, accepted({ actions = { public = public } })
      .actions.public)
  end)

  it("refuse what cannot be a command", function()
    for _, command in ipairs { "", ("x"):rep(129), 7 } do
      assert.truthy(refused({ actions = { public = { command } } })
        :find("'actions.public[1]' must be a command", 1, true))
    end
    assert.equal("base.lua: 'actions.public[2]' must be a command, 1 to 128 "
      .. 'bytes, but is "$join", which begins with $, as Base\'s own do',
      refused { actions = { public = { "a$", "$join" } } })
    assert.truthy(refused({ actions = { public = "login" } })
      :find("'actions.public' must be a list of commands", 1, true))
  end)

  it("have a resolver", function()
    assert.equal(nothing, accepted({ actions = { resolver = nothing } })
      .actions.resolver)
    assert.equal("base.lua: 'actions.resolver' must be a function(command), "
      .. "but is true", refused { actions = { resolver = true } })
  end)
end)
