return function(_, message)
  return message:respond("echo", message.body)
end
