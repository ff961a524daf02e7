-- The templates of `jspg bench http` for wrk: wrk -s wrk.lua URL -- METHOD BODY [HEADER...]
math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000003)
local n, lists, path = 0, {}, nil

local function uuid()
    local r = math.random
    return string.format("%04x%04x-%04x-4%03x-%04x-%04x%04x%04x", r(0, 65535), r(0, 65535), r(0, 65535), r(0, 4095),
        r(32768, 49151), r(0, 65535), r(0, 65535), r(0, 65535))
end

local function list(file)
    if not lists[file] then
        lists[file] = {}
        for line in io.lines(file) do table.insert(lists[file], line) end
    end
    return lists[file]
end

local function filled(text)
    text = text:gsub("{uuid}", uuid):gsub("{n}", tostring(n))
    return (text:gsub("{choice:([^}]*)}", function(file)
        local lines = list(file)
        return lines[math.random(#lines)]
    end))
end

function init(arguments)
    wrk.method = arguments[1]
    template = arguments[2]
    path = arguments[3]
    headers = {}
    for i = 4, #arguments do
        local name, value = arguments[i]:match("^(.-): (.*)$")
        headers[name] = value
    end
end

function request()
    n = n + 1
    local filledHeaders = {}
    for name, value in pairs(headers) do filledHeaders[name] = filled(value) end
    return wrk.format(wrk.method, filled(path), filledHeaders, template ~= "" and filled(template) or nil)
end

local threads = {}
function setup(thread)
    table.insert(threads, thread)
end
statuses = ""
local counts = {}
function response(status)
    counts[status] = (counts[status] or 0) + 1
    statuses = ""
    for code, count in pairs(counts) do statuses = statuses .. string.format('"%d":%d,', code, count) end
end

function done(summary, latency)
    local e = summary.errors
    local all = {}
    for _, thread in ipairs(threads) do
        for code, count in thread:get("statuses"):gmatch('"(%d+)":(%d+)') do all[code] = (all[code] or 0) + count end
    end
    local parts = {}
    for code, count in pairs(all) do table.insert(parts, string.format('"%s":%d', code, count)) end
    local function q(p) return latency:percentile(p) / 1000 end
    io.write(string.format(
        'JSON{"requests":%d,"seconds":%.4f,"rate":%.1f,"errors":%d,"bytes":%d,"statuses":{%s},"latency":{"mean":%.3f,'
        .. '"p50":%.3f,"p90":%.3f,"p99":%.3f,"p99.9":%.3f,"max":%.3f}}\n',
        summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6),
        e.connect + e.read + e.write + e.timeout, summary.bytes, table.concat(parts, ","), latency.mean / 1000, q(50),
        q(90), q(99), q(99.9), latency.max / 1000))
end
