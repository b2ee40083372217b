// The system's BLAS alone, called the way mytorch calls it but on memory of its own. Argument: the number of threads.
import { readFileSync } from "node:fs";
import koffi from "koffi";
import { workloads } from "../workloads/index.mjs";
import { answer } from "./answer.mjs";

const library = koffi.load(process.argv[3] ?? "libopenblas.so.0");
library.func("openblas_set_num_threads", "void", ["int"])(Number(process.argv[2]));
const sizes = ["int", "int", "int", "int", "int", "int"];
const operands = ["float", "size_t", "int", "size_t", "int", "float", "size_t", "int"];
const sgemm = library.func("cblas_sgemm", "void", [...sizes, ...operands]);

await answer({ version: library.func("openblas_get_config", "str", [])() }, (_, index, file) => {
  const { M, K, N, a, b } = workloads.matmul.cases[index];
  // One block for all three: whoever holds the result holds the operands, of which C knows the addresses only.
  const memory = new Float32Array(M * K + K * N + M * N);
  memory.set(new Float32Array(new Uint8Array(readFileSync(file)).buffer));
  const out = memory.subarray(M * K + K * N);
  const from = Number(koffi.address(memory));
  const to = from + 4 * (M * K + K * N);
  return (n) => {
    for (let i = 0; i < n; i++)
      sgemm(101, a ? 112 : 111, b ? 112 : 111, M, N, K, 1, from, a ? M : K, from + 4 * M * K, b ? K : N, 0, to, N);
    const seen = out.length > 1e6 ? out.subarray(0, 1000) : out;
    return seen.reduce((sum, value) => sum + value, 0) / seen.length;
  };
});
