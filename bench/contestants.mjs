// Who takes part: ours in its forms, and the peers that are installed.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TUNED_TORCH } from "./table.mjs";

const cores = availableParallelism();
const python = process.env.PYTHON ?? "/usr/bin/python3";
const install = "npm ci --prefix bench";
const isOld = Number(process.versions.node.split(".")[0]) < 22;

/** Ours. On Node 20 the command line asks the engine for fused multiply-add, a program of one's own need not. */
const ours = (name, { flags = [], blas = "off", count = 1, node = process.execPath, isCaptured = false }) => ({
  name,
  isOurs: true,
  isCaptured,
  command: node,
  args: [...flags, "mytorch.mjs", ...(isCaptured ? ["captured"] : [])],
  env: { MYTORCH_BLAS: blas, MYTORCH_NUM_THREADS: String(count) },
});
const peer = (name, command, args, missing, { count = 1, blasCount = count, env = {} } = {}) => ({
  name,
  isOurs: false,
  command,
  args,
  missing,
  env: {
    OMP_NUM_THREADS: String(count),
    OPENBLAS_NUM_THREADS: String(blasCount),
    MKL_NUM_THREADS: String(blasCount),
    ...env,
  },
});
const torch = (name, settings) =>
  peer(name, python, ["torch_side.py", String(settings.count)], "apt-get install python3-torch", settings);

/**
 * PyTorch with what its user would have to find out: OpenBLAS, which multiplies for its dense layers, has threads of its own that wait
 * busily while PyTorch's convolve, and the C library gives memory back after a step and takes it again in the next, page by page, in some
 * processes and not in others.
 */
const tuned = { count: cores, blasCount: 1, env: { MALLOC_TOP_PAD_: String(256 << 20) } };

/**
 * @param node another Node, for a second set of WebAssembly's rows
 * @param threads how many the library computes on at most: with 1, it has no rows for several
 */
export const contestants = ({ node, threads }) => {
  const flags = isOld ? ["--experimental-wasm-relaxed-simd"] : [];
  const fused = isOld ? "wasm, fused" : "wasm";
  const forms = [
    ["BLAS", { flags, blas: "auto" }],
    ...(isOld ? [["wasm", {}]] : []),
    [fused, { flags }],
    ...(node === undefined ? [] : [["wasm, other Node", { node }]]),
  ];
  /** A form on one thread and on several, each eager and captured. On plain SIMD they would do the same as on fused. */
  const variants = ([name, form]) => {
    const counts = [
      [name, form],
      ...(threads === 1 ? [] : [[`${name}, ${threads} threads`, { ...form, count: threads }]]),
    ];
    return counts.flatMap(([counted, one]) => [
      ours(counted, one),
      ours(`${counted}, captured`, { ...one, isCaptured: true }),
    ]);
  };
  return [
    ...forms.flatMap((form) => (isOld && form[0] === "wasm" ? [ours(...form)] : variants(form))),
    torch("PyTorch", { count: 1 }),
    torch(`PyTorch, ${cores} threads`, { count: cores }),
    torch(TUNED_TORCH, tuned),
    peer("numpy", python, ["numpy_side.py"], "apt-get install python3-numpy"),
    peer("OpenBLAS", process.execPath, ["openblas.mjs", "1"], "apt-get install libopenblas0"),
    peer("jax-js", process.execPath, ["jax.mjs"], install),
    peer("tfjs-wasm", process.execPath, ["tfjs.mjs", "wasm", "1"], install),
    peer("tfjs-cpu", process.execPath, ["tfjs.mjs", "cpu"], install),
    peer("js-pytorch", process.execPath, ["jsPytorch.mjs"], install),
  ];
};

/** Whether a contestant has a side for a workload. */
export const takesPart = ({ isOurs, isCaptured, name }, { isTraining = false, others = [] }) => {
  if (isOurs) return isTraining || !isCaptured;
  return name.startsWith("PyTorch") ? true : others.includes(name);
};

/** Starts a contestant's process. @returns null where it is not installed, having said so */
export const start = async (contestant, env, say) => {
  const { name, command, args, missing } = contestant;
  const paths = args.map((arg) =>
    /[.](mjs|py)$/.test(arg) ? fileURLToPath(new URL(`sides/${arg}`, import.meta.url)) : arg,
  );
  const child = spawn(command, paths, { stdio: "pipe", env: { ...process.env, ...contestant.env, ...env } });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const about = await next();
  if (about === null) {
    const reason = /^.*(Error|error).*$/m.exec(complaint)?.[0] ?? complaint;
    say(`${name} is left out (${missing}): ${reason}`);
    return null;
  }
  const ask = async (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const reply = await next();
    if (reply === null) throw new Error(`${name} has ended: ${complaint}`);
    if (reply.failed !== undefined) throw new Error(`${name}: ${reply.failed}`);
    return reply;
  };
  return { ...contestant, version: about.version, ask, end: () => child.stdin.end() };
};
