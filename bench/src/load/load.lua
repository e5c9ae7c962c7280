-- Sends the bodies of a file in turn. Arguments: the file, then "unique" for an Authorization of its own in each request or
-- "same", then headers to send as "name: value".
local bodies, count, unique, more = {}, 0, false, ""

function init(arguments)
  unique = arguments[2] == "unique"
  for index = 3, #arguments do more = more .. arguments[index] .. "\r\n" end
  for line in io.lines(arguments[1]) do bodies[#bodies + 1] = line end
end

function request()
  count = count + 1
  local body = bodies[(count - 1) % #bodies + 1]
  local headers = unique and (more .. "Authorization: Bearer bench-" .. count .. "\r\n") or more
  return "POST /graphql HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nContent-Type: application/json\r\nAccept: application/json\r\n" ..
    headers .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\nRESULT {"requests":%d,"durationUs":%d,"failed":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
