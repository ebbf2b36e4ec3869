-- Reads two fields of an object and answers with another.
return function(_, message)
  local order = message.body
  return message:respond("total", { total = order.price * order.count })
end
