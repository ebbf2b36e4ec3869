--- Finds the route that serves a method and a path. The tree of routes is made
-- once; a request walks it and makes no table.
local core = require "base.core"

local decode = core.percent_decode

local router = {}

local Router = {}
Router.__index = Router

-- A node has `names`, from a segment to the node below; `any`, the node below a
-- segment that is a parameter; `methods`, from a method to its route; `allow`.
local function new_node()
  return { names = {}, methods = {} }
end

local function child(node, segment)
  if segment:find "^{" then
    node.any = node.any or new_node()
    return node.any
  end
  node.names[segment] = node.names[segment] or new_node()
  return node.names[segment]
end

local function list_methods(methods)
  local names = {}
  for name in pairs(methods) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Makes a router.
-- @param routes table a list; each has `method`, `path` ("/users/{id}", with
--   one parameter at most) and whatever else
-- @usage router.new { { method = "GET", path = "/users/{id}" } }
function router.new(routes)
  local self = setmetatable({ root = new_node() }, Router)
  for _, route in ipairs(routes) do
    local node = self.root
    for segment in route.path:gmatch "/([^/]*)" do
      node = child(node, segment)
    end
    node.methods[route.method] = route
    if route.method == "GET" then node.methods.HEAD = route end
    node.allow = list_methods(node.methods)
  end
  return self
end

local function find_node(node, path)
  local parameter
  for segment in path:gmatch "/([^/]*)" do
    local below = node.names[segment]
    if not below then
      below, parameter = node.any, segment
      if not below then return nil end
    end
    node = below
  end
  return node, parameter
end

--- Finds the route. A path is not normalized: "//" and ".." mean nothing, and
-- "%2f" is a slash inside a parameter.
-- @param method string
-- @param path string without its query, percent-encoded
-- @return table the route, and the parameter decoded, or nil; else nil, the
--   status (400, 404 or 405), and for 405 the methods that are allowed
function Router:find(method, path)
  if path:sub(1, 1) ~= "/" then return nil, 404 end
  local node, parameter = find_node(self.root, path)
  if not node or not node.allow then return nil, 404 end
  local route = node.methods[method]
  if not route then return nil, 405, node.allow end
  if not parameter then return route end
  parameter = decode(parameter)
  if not parameter then return nil, 400 end
  return route, parameter
end

--- Splits a path from its query.
-- @param target string "/users?ids=1,2"
-- @return string the path, and the table of the query's pairs, decoded
-- @usage router.split "/users?ids=1" --> "/users", { ids = "1" }
function router.split(target)
  local path, rest = target:match "^([^?]*)%??(.*)$"
  local query = {}
  for name, value in rest:gsub("%+", " "):gmatch "([^&=]+)=?([^&]*)" do
    query[decode(name) or name] = decode(value) or value
  end
  return path, query
end

return router
