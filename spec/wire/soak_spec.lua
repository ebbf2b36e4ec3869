-- What script/soak makes of its samples.
local files = require "spec.support.files"

local STORY = [[
import { judge } from "./bench/soak/report.mjs";
const rows = [];
for (let i = 0; i < 360; i++) {
  const seconds = i * 5;
  const noise = (i * 7919 %% 101 - 50) * 1e3;
  const warmUp = Math.min(seconds, 300) * 2e4;
  rows.push({
    seconds, resident: 2e7 + warmUp + noise + %s,
    descriptors: 220 + i %% 3 + %s, p50_ms: 1, p99_ms: 2, worst_ms: 3,
  });
}
const { isSteady, lines } = judge(rows);
console.log(isSteady, lines.join("\n"));
]]

-- Says what is judged of samples to which memory and descriptors are added.
local function judge(memory, descriptors)
  return files.run("node --input-type=module -e "
    .. files.quote(STORY:format(memory, descriptors)))
end

describe("The soak", function()
  it("calls what only warms up steady", function()
    assert.matches("^true", judge("0", "0"))
  end)

  it("sees a leak of memory, and how large it is", function()
    local text = judge("seconds / 60 * 50e3", "0")
    assert.matches("^false", text)
    local slope = tonumber(text:match "memory +%+(%d+)")
    assert.is_true(slope > 48e3 and slope < 52e3, text)
  end)

  it("sees a leak of descriptors", function()
    local text = judge("0", "Math.floor(seconds / 120)")
    assert.matches("^false", text)
    assert.matches("descriptors +%+0%.[45]", text)
  end)
end)
