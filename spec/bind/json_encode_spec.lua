local json = require "base.core".json

local function list(values)
  return setmetatable(values, json.array_mt)
end

local function writes(name, value, expected)
  it("writes " .. name, function()
    assert.are.equal(expected, json.encode(value))
  end)
end

local function raises(name, value, expected)
  it("refuses " .. name, function()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() return json.encode(value) end)
    assert.is_false(ok, "it was accepted")
    expected = ("json_encode_spec.lua:%d: %s"):format(line, expected)
    assert.are.equal(expected, message:sub(-#expected))
  end)
end

describe("json.encode: words and numbers", function()
  writes("true", true, "true")
  writes("false", false, "false")
  writes("nil", nil, "null")
  writes("json.null", json.null, "null")
  writes("0", 0, "0")
  writes("-7", -7, "-7")
  writes("2^63 - 1", math.maxinteger, "9223372036854775807")
  writes("-2^63", math.mininteger, "-9223372036854775808")
  writes("2^53 + 1", 9007199254740993, "9007199254740993")
  writes("a whole float", 3.0, "3")
  writes("a negative whole float", -3.0, "-3")
  writes("the greatest whole float without fraction", 2.0 ^ 53 - 1,
    "9007199254740991")
  writes("0.1", 0.1, "0.1")
  writes("a sum", 0.1 + 0.2, "0.30000000000000004")
  writes("minus zero", -0.0, "-0")

  for _, real in ipairs {
    5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2.0 ^ 53,
    2.0 ^ 63, -2.0 ^ 63, 2.0 ^ 64, 1e21, 1e-7, 1 / 3, 123456.789, -1e100,
  } do
    it(("writes %.17g exactly"):format(real), function()
      local again = json.decode(json.encode(real))
      assert.are.equal(real, again + 0.0)
      assert.is_true(#json.encode(real) <= #("%.17g"):format(real))
    end)
  end

  raises("NaN", 0 / 0, "value: JSON has no NaN")
  raises("infinity", math.huge, "value: JSON has no infinity")
  raises("minus infinity", -math.huge, "value: JSON has no infinity")
end)

describe("json.encode: strings", function()
  writes("an empty one", "", '""')
  writes("plain text", "hello", '"hello"')
  writes("a quote and a backslash", [[a"b\c]], [["a\"b\\c"]])
  writes("no escape for a slash", "a/b", '"a/b"')
  writes("UTF-8 as it is", "é€😀\u{7f}\u{2028}", '"é€😀\u{7f}\u{2028}"')
  writes("digits as a string", "12", '"12"')
  writes("a long one", ("x"):rep(100000), '"' .. ("x"):rep(100000) .. '"')

  it("escapes every control character", function()
    for code = 0, 31 do
      local text = json.encode(string.char(code))
      assert.matches('^"\\[bfnrtu][%da-fA-F]*"$', text)
      assert.are.equal(string.char(code), json.decode(text))
    end
  end)

  local wrong = "value: a string that is not valid UTF-8"
  raises("a wrong byte", "\xFF", wrong)
  raises("a cut character", "a\xE2\x82", wrong)
  raises("an overlong character", "\xC0\xAF", wrong)
  raises("a surrogate", "\xED\xA0\x80", wrong)
  raises("a character beyond the last", "\xF4\x90\x80\x80", wrong)
  raises("a wrong byte behind much text", ("x"):rep(1000) .. "\xFF", wrong)
end)

describe("json.encode: lists", function()
  writes("the keys 1 to n", { 1, "a", true }, '[1,"a",true]')
  writes("one element", { 1 }, "[1]")
  writes("nulls inside", { json.null, json.null }, "[null,null]")
  writes("lists inside lists", { { 1 }, { { 2 } } }, "[[1],[[2]]]")
  writes("an empty one with array_mt", list {}, "[]")
  writes("a full one with array_mt", list { 1, 2 }, "[1,2]")
  writes("json.empty_array", json.empty_array, "[]")
  writes("json.empty_array inside", { a = json.empty_array }, '{"a":[]}')
  writes("keys that are whole floats", { [1.0] = "a", [2.0] = "b" },
    '["a","b"]')
  writes("a list with another metatable", setmetatable({ 1 }, {}), "[1]")

  it("writes a list that was filled from behind", function()
    local values = {}
    for i = 20, 1, -1 do values[i] = i end
    assert.are.equal(
      "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]",
      json.encode(values))
    assert.are.same(values, json.decode(json.encode(list(values))))
  end)

  it("writes a list whose end was filled first", function()
    local values = { 1, 2, 3, 4 }
    values[7], values[6], values[5] = 7, 6, { 5 }
    assert.are.equal("[1,2,3,4,[5],6,7]", json.encode(values))
  end)

  it("writes a list that has shrunk", function()
    local values = { 1, 2, 3, 4, 5, name = 6 }
    values[5], values[4], values.name = nil, nil, nil
    assert.are.equal("[1,2,3]", json.encode(values))
  end)

  it("writes an emptied list as a map, with array_mt as a list", function()
    local values = { 1 }
    values[1] = nil
    assert.are.equal("{}", json.encode(values))
    assert.are.equal("[]", json.encode(list(values)))
  end)

  it("asks no metamethod", function()
    local value = setmetatable({ 1 }, {
      __index = error, __len = error, __pairs = error, __tostring = error,
    })
    assert.are.equal("[1]", json.encode(value))
  end)
end)

describe("json.encode: maps", function()
  writes("an empty table", {}, "{}")
  writes("string keys", { a = 1 }, '{"a":1}')
  writes("an empty key", { [""] = {} }, '{"":{}}')
  writes("digits as keys", { ["1"] = 1 }, '{"1":1}')
  writes("keys that need escapes", { ["\"\\"] = 1 }, [[{"\"\\":1}]])
  writes("maps inside maps", { a = { b = { c = 1 } } }, '{"a":{"b":{"c":1}}}')

  -- In whatever order they came: Lua's own would tell the seed of its hash.
  for _, count in ipairs { 2, 5, 15, 16, 17, 32, 33, 100, 1000 } do
    it(("writes %d keys in the order of their bytes"):format(count), function()
      local names, value, expected = {}, {}, {}
      for i = 1, count do names[i] = "k" .. i * 7 end
      for i, name in ipairs(names) do value[name] = i end
      table.sort(names)
      for i, name in ipairs(names) do
        expected[i] = ('"%s":%d'):format(name, value[name])
      end
      assert.are.equal("{" .. table.concat(expected, ",") .. "}",
        json.encode(value))
    end)
  end

  it("writes keys by their bytes, the shorter one first", function()
    local long = ("x"):rep(100)
    local value = { [""] = 1, a = 2, ab = 3, ["a\0"] = 4, ["é"] = 5, B = 6,
      [long .. "b"] = 7, [long .. "a"] = 8, [long] = 9 }
    assert.are.equal(([[{"":1,"B":6,"a":2,"a\u0000":4,"ab":3,"%s":9,]]
      .. [["%sa":8,"%sb":7,"é":5}]]):gsub("%%s", long), json.encode(value))
  end)

  it("writes many keys inside many keys", function()
    local value = {}
    for i = 10, 40 do
      local inner = {}
      for j = 10, 40 do inner["j" .. j] = { i, j } end
      value["i" .. i] = inner
    end
    local text = json.encode(value)
    assert.are.same(value, json.decode(text))
    local last = ""
    for name in text:gmatch '"(i%d+)"' do
      assert.is_true(last < name)
      last = name
    end
    assert.are.equal(31 * 31, select(2, text:gsub('"j%d+":%[', "")))
  end)
end)

describe("json.encode: neither list nor map", function()
  local neither = "neither a list (the keys 1 to n) nor a map (string keys): "
    .. "see the key "
  local function hole(n)
    return "a list with a hole: it has no element " .. n
  end

  raises("a hole", { 1, nil, 3 }, "value: " .. hole(2))
  raises("a hole in a list with array_mt", list { 1, 2, nil, 4 },
    "value: " .. hole(3))
  raises("a list that begins at 0", { [0] = "a", "b" }, "value: " .. hole(2))
  raises("a list that begins at 2", { [2] = "a" }, "value: " .. hole(1))
  raises("a negative key", { [-1] = "a" }, "value: " .. hole(1))
  raises("the greatest key", { [math.maxinteger] = 1 }, "value: " .. hole(1))
  raises("list and map in one", { 1, 2, name = 3 },
    'value: ' .. neither .. '"name"')
  raises("a map with array_mt", list { name = 1 },
    'value: ' .. neither .. '"name"')
  raises("a key with a fraction", { [1.5] = 1 }, "value: " .. neither .. "1.5")
  raises("a list with such a key", { 1, [1.5] = 1 },
    "value: " .. neither .. "1.5")
  raises("a boolean key", { [true] = 1 }, "value: " .. neither .. "boolean")
  raises("a boolean among many names", (function()
    local value = { [false] = 0 }
    for i = 1, 40 do value["k" .. i] = i end
    return value
  end)(), "value: " .. neither .. "boolean")
  raises("a table as key", { [{}] = 1 }, "value: " .. neither .. "table")
  raises("json.null as key", { [json.null] = 1 },
    "value: " .. neither .. "userdata")
  raises("a key that is no UTF-8", { a = { ["\xFF"] = 1 } },
    "value.a: a string that is not valid UTF-8")

  it("refuses numbers among names, in whatever order they lie", function()
    for number = 1, 50 do
      local value = { a = 1, b = 2, [number * 1000] = 3 }
      assert.error_matches(function() json.encode(value) end, "neither a list")
    end
  end)

  it("leaves the keys of the table as they are", function()
    local value = { [1] = "a", [1.5] = "b" }
    pcall(json.encode, value)
    assert.are.same({ [1] = "a", [1.5] = "b" }, value)
  end)
end)

describe("json.encode: what JSON does not have", function()
  raises("a function", print, "value: JSON has no function")
  raises("a thread", coroutine.create(print), "value: JSON has no thread")
  raises("a userdata", io.stdout, "value: JSON has no userdata")

  it("asks for a value", function()
    assert.error_matches(function() json.encode() end, "value expected")
  end)
end)

-- A userdata whose class is called `name`, made of one that Lua has.
local function pretend(name, check)
  local file = io.tmpfile()
  local class = debug.getmetatable(file)
  debug.setmetatable(file, { __name = name })
  local ok, problem = pcall(check, file)
  debug.setmetatable(file, class)
  file:close()
  assert(ok, problem)
end

describe("json.encode: users and connections", function()
  for _, noun in ipairs { "user", "connection" } do
    it("asks for fields instead of a " .. noun, function()
      pretend("base." .. noun, function(object)
        local ok, message = pcall(json.encode, { to = { object } })
        assert.is_false(ok)
        assert.are.equal("value.to[1]: a " .. noun
          .. " cannot be sent: send the fields that you mean", message)
      end)
    end)
  end
end)

describe("json.encode: the path of an error", function()
  local no = "JSON has no function"
  raises("an element", { 1, print }, "value[2]: " .. no)
  raises("a field", { a = print }, "value.a: " .. no)
  raises("a field of an element of a field", { items = { 1, { f = print } } },
    "value.items[2].f: " .. no)
  raises("an element behind others that are lists", { { 1, { 2 } }, { print } },
    "value[2][1]: " .. no)
  raises("a field whose name has a space", { ["a b"] = { print } },
    'value["a b"][1]: ' .. no)
  raises("a field among many", (function()
    local value = { odd = print }
    for i = 1, 40 do value["k" .. i] = i end
    return { value }
  end)(), "value[1].odd: " .. no)
  raises("an element of a list filled from behind", { [2] = print, [1] = 1 },
    "value[2]: " .. no)
  raises("NaN inside", { x = { 0 / 0 } }, "value.x[1]: JSON has no NaN")

  it("is cut where it gets long", function()
    local value = { print }
    for _ = 1, 20 do value = { ["a_long_name"] = value } end
    local _, message = pcall(json.encode, value)
    assert.matches("^value%.a_long_name%..*%.%.%.: JSON has no function$",
      message)
    assert.is_true(#message < 200)
  end)

  it("is cut before a name that is too long", function()
    local _, message = pcall(json.encode, { [("x"):rep(10000)] = print })
    assert.are.equal("value...: " .. no, message)
  end)
end)

describe("json.encode: nesting", function()
  local function nested(depth, key)
    local value = key and {} or list {}
    for _ = 2, depth do value = { [key or 1] = value } end
    return value
  end

  it("goes 128 deep", function()
    assert.are.equal(("["):rep(128) .. ("]"):rep(128),
      json.encode(nested(128)))
    assert.are.equal(('{"a":'):rep(127) .. "{}" .. ("}"):rep(127),
      json.encode(nested(128, "a")))
  end)

  it("goes 128 deep in a coroutine", function()
    local text = coroutine.wrap(json.encode)(nested(128))
    assert.are.equal(256, #text)
  end)

  for _, key in ipairs { 1, "a" } do
    it("refuses 129 levels below " .. key, function()
      assert.error_matches(function() json.encode(nested(129, key)) end,
        "nested deeper than 128: is there a cycle%?$")
    end)
  end

  it("finds a cycle", function()
    local value = { name = "ring" }
    value.self = { value }
    assert.error_matches(function() json.encode(value) end,
      "value%.self%[1%]%.self.*%.%.%.: nested deeper than 128: "
        .. "is there a cycle%?$")
  end)

  it("takes one table in two places", function()
    local shared = { 1 }
    assert.are.equal("[[1],[1]]", json.encode { shared, shared })
  end)
end)

describe("what comes from the wire and goes back", function()
  for _, text in ipairs {
    "[]", "{}", "[[],{}]", '{"a":[]}', '{"a":{}}', "[[[]]]", "[null]",
    '{"a":null}', "9007199254740993", "-9223372036854775808", "-0", "0.1",
    [["\u0000"]], [["\"\\"]], '"😀"',
  } do
    it("keeps " .. text, function()
      assert.are.equal(text, json.encode(json.decode(text)))
    end)
  end

  it("keeps a long list as it is", function()
    local text = "[" .. ("[],{},null,"):rep(1000) .. "1]"
    assert.are.equal(text, json.encode(json.decode(text)))
  end)

  it("stays a list when it is emptied", function()
    local value = json.decode "[1,2]"
    table.remove(value)
    table.remove(value)
    assert.are.equal("[]", json.encode(value))
  end)
end)

describe("the module", function()
  it("has the names of lua-cjson and of no more", function()
    local names = {}
    for name in pairs(json) do names[#names + 1] = name end
    table.sort(names)
    assert.are.same({ "array_mt", "decode", "empty_array", "encode", "null" },
      names)
  end)

  it("shares null with lua-cjson", function()
    assert.are.equal(require "cjson".null, json.null)
  end)

  it("has an empty_array that is a list and stays empty", function()
    assert.are.equal(json.array_mt, getmetatable(json.empty_array))
    local _, message = pcall(function() json.empty_array[1] = "mine" end)
    assert.matches("json_encode_spec.lua:%d+: json.empty_array cannot be "
      .. "changed",
      message)
    assert.error_matches(function() table.insert(json.empty_array, 1) end,
      "cannot be changed")
    assert.are.equal("[]", json.encode(json.empty_array))
  end)

  it("writes the same again after an error", function()
    assert.has_error(function() json.encode { "text", print } end)
    assert.are.equal('["text"]', json.encode { "text" })
  end)

  it("gives back the memory of a big text", function()
    assert.are.equal(1000002, #json.encode(("x"):rep(1000000)))
    assert.are.equal("1", json.encode(1))
    assert.are.equal(1000002, #json.encode(("x"):rep(1000000)))
  end)
end)

describe("json.encode: what the collector takes meanwhile", function()
  -- Encodes the table, with a collector that does all of its work at once, and
  -- has done nothing before.
  local function encode(made)
    collectgarbage("incremental", 1, 1000, 1)
    collectgarbage "restart"
    local text = json.encode(made)
    collectgarbage("incremental", 200, 100, 13)
    return text
  end

  local function fill(target, count, of)
    for i = 1, count do
      target[("key %d of %s"):format(i, of) .. ("x"):rep(60)] = { of }
    end
    return target
  end

  before_each(function() collectgarbage "stop" end)
  after_each(function() collectgarbage "restart" end)

  it("is left out, where the table was weak", function()
    local weak = fill(setmetatable({}, { __mode = "v" }), 4000, "now")
    for _, value in pairs(json.decode(encode(weak))) do
      assert.same({ "now" }, value)
    end
  end)

  it("may run a finalizer that changes the table", function()
    local changed = fill({}, 4000, "now")
    setmetatable({}, { __gc = function()
      for key in pairs(changed) do changed[key] = nil end
      fill(changed, 9000, "later")
    end })
    for _, value in pairs(json.decode(encode(changed))) do
      assert.same({ "later" }, value)
    end
  end)
end)
