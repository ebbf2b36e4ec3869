local json = require "base.core".json

local function shown(text)
  if #text > 40 then text = text:sub(1, 37) .. "..." end
  return (("%q"):format(text):gsub("\\\n", "\\n"))
end

local function accepts(text, expected)
  it("reads " .. shown(text), function()
    local value = json.decode(text)
    assert.are.equal(math.type(expected), math.type(value))
    assert.are.same(expected, value)
  end)
end

local function refuses(text, byte)
  it("refuses " .. shown(text), function()
    local ok, message = pcall(function()
      return json.decode(text)
    end)
    assert.is_false(ok, "it was accepted")
    assert.matches("invalid JSON at byte %d+$", message)
    if byte then
      assert.are.equal(byte, tonumber(message:match "%d+$"))
    end
  end)
end

describe("json.decode: words", function()
  accepts("true", true)
  accepts("false", false)
  accepts("null", json.null)
  refuses("True", 1)
  refuses("nul", 1)
  refuses("nulll")
  refuses("truefalse")
  refuses("undefined")
end)

describe("json.decode: whole numbers", function()
  accepts("0", 0)
  accepts("7", 7)
  accepts("-1", -1)
  accepts("9007199254740993", 9007199254740993)
  accepts("9223372036854775807", math.maxinteger)
  accepts("-9223372036854775808", math.mininteger)
  accepts("9223372036854775808", 2.0 ^ 63)
  accepts("-9223372036854775809", -2.0 ^ 63)
  accepts("18446744073709551616", 2.0 ^ 64)
  accepts("99999999999999999999999999", 1e26)

  it("reads -0 as a float that keeps its sign", function()
    local zero = json.decode("-0")
    assert.are.equal("float", math.type(zero))
    assert.are.equal(-math.huge, 1 / zero)
  end)
end)

describe("json.decode: numbers with fraction or exponent", function()
  accepts("0.1", 0.1)
  accepts("-0.5", -0.5)
  accepts("1.0", 1.0)
  accepts("1e2", 100.0)
  accepts("1E+2", 100.0)
  accepts("1e-2", 0.01)
  accepts("5e-324", 5e-324)
  accepts("1.7976931348623157e308", 1.7976931348623157e308)
  accepts("2.2250738585072014e-308", 2.2250738585072014e-308)
  accepts("0.30000000000000004", 0.1 + 0.2)
  accepts("1e-999", 0.0)
  accepts("0e999", 0.0)
  refuses("1e999", 1)
  refuses("-1e999", 1)
  refuses("1.7976931348623159e308", 1)
  refuses(("9"):rep(400), 1)
end)

describe("json.decode: what is no number", function()
  for _, text in ipairs {
    "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e2", "1e", "1e+",
    "1.5.5", "0x10", "1_000", "1,000", "NaN", "nan", "Infinity", "-Infinity",
    "inf", "1f", "--1", "1 2", "1e1.5",
  } do
    refuses(text)
  end
end)

describe("json.decode: strings", function()
  accepts([[""]], "")
  accepts([["hello"]], "hello")
  accepts([["\"\\\/\b\f\n\r\t"]], "\"\\/\b\f\n\r\t")
  accepts([["\u0041\u00e9\u20AC"]], "Aé€")
  accepts([["\ud83d\ude00"]], "😀")
  accepts([["\uDBFF\uDFFF"]], "\u{10FFFF}")
  accepts([["a\u0000b"]], "a\0b")
  accepts([["\uffff"]], "\u{FFFF}")
  accepts("\"\u{7f}\"", "\u{7f}")
  accepts("\"é€😀\"", "é€😀")
  accepts("\"\u{10FFFF}\"", "\u{10FFFF}")
  accepts('"' .. ("x"):rep(10000) .. '"', ("x"):rep(10000))
  accepts('"' .. ("\\n"):rep(10000) .. '"', ("\n"):rep(10000))
end)

describe("json.decode: what is no string", function()
  refuses('"', 1)
  refuses('"abc')
  refuses('"abc\\')
  refuses('"abc\\"')
  refuses("'abc'", 1)
  refuses('"a\nb"')
  refuses('"a\tb"')
  refuses('"a\0b"')
  refuses('"\31"')
  refuses([["\x41"]])
  refuses([["\a"]])
  refuses([["\'"]])
  refuses([["\U0041"]])
  refuses([["\u"]])
  refuses([["\u004"]])
  refuses([["\u004g"]])
  refuses([["\u 041"]])
  refuses([["\u+041"]])
  refuses('"\\u00')
end)

describe("json.decode: lone surrogates", function()
  refuses([["\ud83d"]])
  refuses([["\ude00"]])
  refuses([["\ud83dx"]])
  refuses([["\ud83d\n"]])
  refuses([["\ud83d\u0041"]])
  refuses([["\ud83d\ud83d"]])
  refuses([["\ude00\ud83d"]])
  refuses([["\ud83d\u"]])
  refuses("\"\xED\xA0\x80\"")
end)

describe("json.decode: invalid UTF-8", function()
  refuses("\"\xFF\"")
  refuses("\"\x80\"")
  refuses("\"\xC3\"")
  refuses("\"\xE2\x82\"")
  refuses("\"\xC0\xAF\"")
  refuses("\"\xE0\x80\xAF\"")
  refuses("\"\xF4\x90\x80\x80\"")
  refuses("\"\xF5\x80\x80\x80\"")
  refuses("{\"\xFF\":1}")
  refuses("\"\\n\xFF\"")
end)

describe("json.decode: lists", function()
  accepts("[]", {})
  accepts("[1]", { 1 })
  accepts("[1,\"a\",true,[2]]", { 1, "a", true, { 2 } })
  accepts("[null,1]", { json.null, 1 })
  refuses("[", 2)
  refuses("[1", 3)
  refuses("[1,", 4)
  refuses("[1,]", 4)
  refuses("[,1]", 2)
  refuses("[,]", 2)
  refuses("[1,,2]", 4)
  refuses("[1 2]", 4)
  refuses("[1}", 3)
  refuses("[1]]", 4)
  refuses("]", 1)

  for _, size in ipairs { 7, 8, 9, 10, 100, 1000 } do
    it(("keeps the order of %d elements"):format(size), function()
      local numbers = {}
      for i = 1, size do numbers[i] = i end
      local text = "[" .. table.concat(numbers, ",") .. "]"
      assert.are.same(numbers, json.decode(text))
    end)
  end

  it("gives every list array_mt, and no map", function()
    local value = json.decode '[[],{"a":[1],"b":{}},[1,2,3,4,5,6,7,8,9]]'
    assert.are.equal(json.array_mt, getmetatable(value))
    assert.are.equal(json.array_mt, getmetatable(value[1]))
    assert.are.equal(json.array_mt, getmetatable(value[2].a))
    assert.are.equal(json.array_mt, getmetatable(value[3]))
    assert.is_nil(getmetatable(value[2]))
    assert.is_nil(getmetatable(value[2].b))
  end)
end)

describe("json.decode: maps", function()
  accepts("{}", {})
  accepts('{"a":1}', { a = 1 })
  accepts('{"":1}', { [""] = 1 })
  accepts('{"a":{"b":[1]},"c":null}', { a = { b = { 1 } }, c = json.null })
  accepts('{"1":"one"}', { ["1"] = "one" })
  accepts([[{"\u0000":1}]], { ["\0"] = 1 })
  refuses("{", 2)
  refuses('{"a"', 5)
  refuses('{"a":', 6)
  refuses('{"a":1', 7)
  refuses('{"a":1,', 8)
  refuses('{"a":1,}', 8)
  refuses("{,}", 2)
  refuses('{"a" 1}', 6)
  refuses('{"a"=1}', 5)
  refuses("{a:1}", 2)
  refuses("{'a':1}", 2)
  refuses("{1:1}", 2)
  refuses('{"a":1 "b":2}', 8)
  refuses('{"a":1]', 7)
  refuses('{"a":}', 6)
  refuses("}", 1)

  for _, size in ipairs { 7, 8, 9, 10, 100, 1000 } do
    it(("reads %d keys"):format(size), function()
      local pairs_of_text, expected = {}, {}
      for i = 1, size do
        pairs_of_text[i] = ('"k%d":%d'):format(i, i)
        expected["k" .. i] = i
      end
      local text = "{" .. table.concat(pairs_of_text, ",") .. "}"
      assert.are.same(expected, json.decode(text))
    end)
  end
end)

describe("json.decode: equal keys", function()
  accepts('{"a":1,"a":2}', { a = 2 })
  accepts('{"a":1,"b":2,"a":null}', { a = json.null, b = 2 })
  accepts([[{"a":1,"\u0061":2}]], { a = 2 })
  accepts('{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"a":10}',
    { a = 10, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9 })
end)

describe("json.decode: white space and what is none", function()
  accepts(" \t\r\n1 \t\r\n", 1)
  accepts("[ 1 , 2 ]", { 1, 2 })
  accepts('\n{ "a" : [ ] , "b" : { } }\n', { a = {}, b = {} })
  refuses("", 1)
  refuses("  ", 3)
  refuses("1 x", 3)
  refuses("\v1", 1)
  refuses("\f1", 1)
  refuses("\0", 1)
  refuses("1\0", 2)
  refuses("[1]\0", 4)
  refuses("\u{A0}1", 1)
  refuses("\u{FEFF}1", 1)
  refuses("\u{FEFF}{}", 1)
  refuses("// one\n1", 1)
  refuses("/* one */ 1", 1)
  refuses("1 // one", 3)
  refuses("# one\n1", 1)
end)

describe("json.decode: nesting", function()
  for _, form in ipairs { { "[", "]" }, { '{"a":', "}" } } do
    local open, close = form[1], form[2]
    local core = open == "[" and "" or "1"

    it("goes 128 deep with " .. open, function()
      local value = json.decode(open:rep(128) .. core .. close:rep(128))
      local depth = 0
      while type(value) == "table" do
        value, depth = value[1] or value.a, depth + 1
      end
      assert.are.equal(128, depth)
    end)

    refuses(open:rep(129) .. core .. close:rep(129), 128 * #open + 1)
    refuses(open:rep(100000))
  end

  it("counts levels, not brackets", function()
    local text = "[" .. ("[],"):rep(1000) .. "[]]"
    assert.are.equal(1001, #json.decode(text))
  end)

  it("goes deep in a coroutine too", function()
    local run = coroutine.wrap(function()
      return json.decode(("[1,2,3,4,5,6,"):rep(128) .. 7 .. ("]"):rep(128))
    end)
    assert.are.equal(6, run()[7][7][6])
  end)
end)

describe("json.decode: tables of any size", function()
  for _, size in ipairs { 0, 1, 2, 3, 4, 15, 16, 17, 18, 33, 1000 } do
    local list, map, parts, pairs_ = {}, {}, {}, {}
    for i = 1, size do
      list[i], map["k" .. i] = { i }, i
      parts[i] = ("[%d]"):format(i)
      pairs_[i] = ('"k%d":%d'):format(i, i)
    end
    accepts("[" .. table.concat(parts, ",") .. "]", list)
    accepts("{" .. table.concat(pairs_, ",") .. "}", map)

    it("takes the last of equal keys, of " .. size + 2, function()
      table.insert(pairs_, 1, '"k":"first"')
      pairs_[#pairs_ + 1] = '"k":"last"'
      map.k = "last"
      assert.same(map, json.decode("{" .. table.concat(pairs_, ",") .. "}"))
    end)
  end
end)

describe("json.decode: every place where a text may end", function()
  local whole = [[ {"a\n":[1.5e3,"\ud83d\ude00",true,null,{}],"é":-7} ]]

  for size = 0, #whole - 2 do
    refuses(whole:sub(1, size))
  end
  accepts(whole, { ["a\n"] = { 1500.0, "😀", true, json.null, {} }, ["é"] = -7 })
end)

describe("json.decode: its caller", function()
  it("is blamed, with file and line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() return json.decode("[1,x]") end)
    assert.is_false(ok)
    local expected = "json_decode_spec.lua:" .. line
      .. ": invalid JSON at byte 4"
    assert.are.equal(expected, message:sub(-#expected))
  end)

  it("must give a string", function()
    assert.has_error(function() json.decode() end)
    assert.has_error(function() json.decode({}) end)
    assert.has_error(function() json.decode(nil) end)
  end)

  it("gets the same again after a refusal", function()
    assert.has_error(function() json.decode([==[["\n",]]==]) end)
    assert.are.same({ "\n" }, json.decode([==[["\n"]]==]))
  end)
end)
