// What the samples say: a table, a plot, slopes, a verdict.
import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";

const COLUMNS = ["seconds", "resident", "descriptors", "connections",
  "answers_per_second", "p50_ms", "p99_ms", "worst_ms", "processor_percent"];
const WARM_UP = 1 / 5; // of the time
const FEWEST = 4; // samples
const STEADY = 0.02; // of the memory may come in the measured time

export function beginTable(path) {
  writeFileSync(path, `${COLUMNS.join(",")}\n`);
}

export function addRow(path, row) {
  appendFileSync(path, `${COLUMNS.map((name) => row[name]).join(",")}\n`);
}

// The least squares' line: what comes a minute, and the error of that.
function slope(rows, name) {
  const count = rows.length;
  const mean = (value) => rows.reduce((sum, row) => sum + value(row), 0) / count;
  const x = (row) => row.seconds / 60;
  const y = (row) => row[name];
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

// Returns lines for people, and whether memory and descriptors are steady.
export function judge(all) {
  const seconds = all.at(-1)?.seconds ?? 0;
  const rows = all.filter((row) => row.seconds >= seconds * WARM_UP);
  if (rows.length < FEWEST)
    return { isSteady: false, lines: ["too short to be judged"] };
  const memory = slope(rows, "resident");
  const files = slope(rows, "descriptors");
  const late = slope(rows, "p99_ms");
  const minutes = seconds * (1 - WARM_UP) / 60;
  const median = (name) => rows.map((row) => row[name])
    .sort((a, b) => a - b)[rows.length >> 1];
  const isSteady =
    memory.perMinute * minutes <= STEADY * memory.mean &&
    files.perMinute * minutes <= Math.max(2, 2 * files.error * minutes);
  return {
    isSteady,
    lines: [
      `memory       ${signed(memory.perMinute, 0)} ± ` +
        `${memory.error.toFixed(0)} bytes a minute, of ` +
        `${(memory.mean / 1e6).toFixed(1)} MB`,
      `descriptors  ${signed(files.perMinute, 3)} ± ` +
        `${files.error.toFixed(3)} a minute, of ${files.mean.toFixed(0)}`,
      `p99          ${signed(late.perMinute, 3)} ± ` +
        `${late.error.toFixed(3)} ms a minute`,
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
