// What the samples say: a table, a plot, slopes, a verdict.
import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";

const COLUMNS = ["seconds", "resident", "descriptors", "connections",
  "answers_per_second", "p50_ms", "p99_ms", "worst_ms", "processor_percent",
  "late_ms", "spare_descriptors"];
const WARM_UP = 1 / 5; // of the time, before descriptors and p99 are judged
const FEWEST = 18; // samples
const PAGE = 4096;
const GOES_ON = 8; // pages
const IN_ALL = 32; // pages
const SLOWER = 1 / 3; // of the median p99

export function beginTable(path) {
  writeFileSync(path, `${COLUMNS.join(",")}\n`);
}

export function addRow(path, row) {
  appendFileSync(path, `${COLUMNS.map((name) => row[name]).join(",")}\n`);
}

// What lies above so large a share of the values.
const quantile = (values, share) =>
  values.sort((a, b) => a - b)[Math.floor(values.length * share)];

// Cut in three by time, and of each part a quantile.
const thirds = (rows, value, share = 1 / 2) => [0, 1, 2].map((i) =>
  quantile(rows.slice(i * rows.length / 3, (i + 1) * rows.length / 3)
    .map(value), share));

// The least squares' line: what comes a minute, and the error of that.
function slope(rows, y) {
  const count = rows.length;
  const mean = (value) =>
    rows.reduce((sum, row) => sum + value(row), 0) / count;
  const x = (row) => row.seconds / 60;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = mean((row) => (x(row) - mx) ** 2) * count;
  const sxy = mean((row) => (x(row) - mx) * (y(row) - my)) * count;
  const perMinute = sxy / sxx;
  const rest = mean((row) => (y(row) - my - perMinute * (x(row) - mx)) ** 2);
  return {
    perMinute, mean: my, error: Math.sqrt(rest * count / (count - 2) / sxx),
  };
}

const signed = (number, digits) =>
  `${number < 0 ? "" : "+"}${number.toFixed(digits)}`;

// Memory warms up, and then stands. So only the last half is looked at, in
// three parts: what leaks has come in the second and has come again in the
// third, and not by half of that or less, as in a warm-up that ends. A step at
// one time is no leak, but large it may be none.
function judgeMemory(rows) {
  const half = rows.slice(rows.length / 2);
  const { perMinute, mean, error } = slope(half, (row) => row.resident);
  const [a, b, c] = thirds(half, (row) => row.resident / PAGE);
  const [first, second] = [b - a, c - b];
  const goesOn = first > GOES_ON && second > GOES_ON && second > first / 2;
  const aDay = GOES_ON * PAGE * 86_400 / (rows.at(-1).seconds / 6);
  return {
    name: "memory", isSteady: !goesOn && first + second <= IN_ALL,
    words: `${signed(perMinute, 0)} ± ${error.toFixed(0)} bytes a minute in ` +
      `the last half, of ${(mean / 1e6).toFixed(1)} MB`,
    more: `${signed(first, 0)} and ${signed(second, 0)} pages from third to ` +
      `third of it: less than ${(aDay / 1e6).toFixed(1)} MB a day is not seen`,
  };
}

// What is spare is seen without noise: see lookForSpare in soak.mjs.
function judgeDescriptors(rows) {
  const [before, , after] = thirds(rows, (row) => row.spare_descriptors, 0);
  const { perMinute, error } = slope(rows, (row) => row.spare_descriptors);
  return {
    name: "descriptors", isSteady: after <= before,
    words: `${before} beside the clients' in the first third, ${after} in ` +
      `the last; ${signed(perMinute, 3)} ± ${error.toFixed(3)} a minute`,
  };
}

// What the machine adds comes and goes, for minutes even. It is taken off as
// far as the clients' own timers were late, once for each way. Slower is what
// is so by a third of the median, and by more than samples usually differ: half
// of the last third lies above three quarters of the first, of which half lies
// below three quarters of the last.
function judgeLatency(rows) {
  const own = (row) => row.p99_ms - 2 * row.late_ms;
  const [before, , after] = thirds(rows, own);
  const [highBefore] = thirds(rows, own, 3 / 4);
  const lowAfter = thirds(rows, own, 1 / 4)[2];
  const median = quantile(rows.map((row) => row.p99_ms), 1 / 2);
  return {
    name: "p99",
    isSteady: after - before <= SLOWER * median ||
      after <= highBefore || before >= lowAfter,
    words: `${signed(after - before, 2)} ms from the first third to the ` +
      `last, of ${median.toFixed(2)} ms, without what the machine adds`,
  };
}

// Returns lines for people, a verdict, and whether it is that all is steady.
export function judge(all) {
  if (all.length < FEWEST) {
    return {
      isSteady: false, lines: [],
      verdict: "without a fault, but too short to be judged",
    };
  }
  const rows = all.slice(all.length * WARM_UP);
  const judged =
    [judgeMemory(all), judgeDescriptors(rows), judgeLatency(rows)];
  const grown = judged.filter(({ isSteady }) => !isSteady);
  const median = (name) => quantile(rows.map((row) => row[name]), 1 / 2);
  return {
    isSteady: grown.length === 0,
    verdict: grown.length === 0 ? "steady, without a fault"
      : `NOT STEADY (${grown.map(({ name }) => name).join(", ")})`,
    lines: [
      ...judged.flatMap(({ name, isSteady, words, more }) => [
        `${name.padEnd(12)} ${isSteady ? "steady" : "GROWS"}: ${words}`,
        ...more ? [`${" ".repeat(13)}${more}`] : [],
      ]),
      `latency      p50 ${median("p50_ms").toFixed(2)} ms, p99 ` +
        `${median("p99_ms").toFixed(2)} ms (medians of the samples), worst ` +
        `${Math.max(...rows.map((row) => row.worst_ms)).toFixed(0)} ms`,
    ],
  };
}

export function plot(table, picture) {
  const script = `
    set terminal pngcairo size 1200,900 font "sans,11"
    set output "${picture}"
    set datafile separator ","
    set multiplot layout 3,1 title "script/soak"
    set xlabel "minutes"; set grid; set key outside right top
    set lmargin 10; set rmargin 18; set yrange [0:*]
    set ylabel "MB"
    plot "${table}" using ($1/60):($2/1e6) skip 1 with lines title "resident"
    set ylabel "number"
    plot "${table}" using ($1/60):3 skip 1 with lines title "descriptors", \\
      "" using ($1/60):4 skip 1 with lines title "connections"
    set ylabel "ms"; set yrange [*:*]; set logscale y
    plot "${table}" using ($1/60):6 skip 1 with lines title "p50", \\
      "" using ($1/60):7 skip 1 with lines title "p99", \\
      "" using ($1/60):8 skip 1 with lines title "worst"
    unset multiplot`;
  try {
    execFileSync("gnuplot", [], { input: script, stdio: "pipe" });
  } catch (error) {
    console.log(`no plot: ${error.message.split("\n")[0]}`);
  }
}
