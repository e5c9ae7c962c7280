-- Sends the bodies of a file in turn. Arguments: the file, then "unique" for an Authorization of its own in each request, "same", or
-- "from:" and a file of Authorizations to take in turn; then headers to send as "name: value".
local bodies, callers, count, unique, more = {}, {}, 0, false, ""

function init(arguments)
  unique = arguments[2] == "unique"
  local path = arguments[2]:match("^from:(.+)")
  if path then for line in io.lines(path) do callers[#callers + 1] = "Authorization: " .. line .. "\r\n" end end
  for index = 3, #arguments do more = more .. arguments[index] .. "\r\n" end
  for line in io.lines(arguments[1]) do bodies[#bodies + 1] = line end
end

function request()
  count = count + 1
  local body = bodies[(count - 1) % #bodies + 1]
  local caller = #callers > 0 and callers[(count - 1) % #callers + 1] or ""
  local headers = caller .. (unique and (more .. "Authorization: Bearer bench-" .. count .. "\r\n") or more)
  return "POST /graphql HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nContent-Type: application/json\r\nAccept: application/json\r\n" ..
    headers .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\nRESULT {"requests":%d,"durationUs":%d,"failed":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
