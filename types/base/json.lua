---@meta base.json

---The codec of the wire: a value that is decoded and encoded again is the same.
---
---```lua
---local json = require "base.json"
---```
---@class base.json
---What null is inside of a value. It is lua-cjson's.
---@field null lightuserdata
---The metatable of lists. A decoded list has it, so that an empty one stays a
---list: `setmetatable({}, json.array_mt)` is written `[]`.
---@field array_mt table
---An empty list, which cannot be written.
---@field empty_array table
local json = {}

---Writes a value as JSON.
---
---A table with `json.array_mt`, or with exactly the keys 1 to n, is a list; one
---with string keys is a map, written in the order of their bytes; an empty one
---is `{}`.
---
---Raises for holes, mixed keys, cycles, functions, invalid UTF-8, NaN, infinity,
---and for a whole user or connection: name the fields that others may see.
---@param value any
---@return string text
function json.encode(value) end

---Reads JSON. null is `json.null`.
---
---Raises for what is not JSON, with the byte at which it ends to be JSON; for a
---number that fits no double (`1e999`), a lone surrogate, and nesting deeper
---than 128. Of equal keys the last counts.
---@param text string
---@return any value
function json.decode(text) end

return json
