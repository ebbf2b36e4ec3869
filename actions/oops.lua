-- Fails: this command comes without a body, so there is nothing to index. The
-- log gets the line, the client only a ref by which to find it there.
return function(_, message)
  return message:respond("alert", message.body.text)
end
