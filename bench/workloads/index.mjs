// What is measured. A workload says in one place what ours and PyTorch do: both draw the same numbers from the same seed.
//   isTraining          where it is a step of training, which can be captured
//   title, cases        each case has a name and the numbers that it is made from
//   ours(mt, case)      { loss, optimizer } or { loss, inputs } for training, { result } for an operator
//                       start: what peers without PyTorch's generator begin from
//   torch               the same in Python, which finds the case's numbers by name
//   multiplyAdds(case)  the least that has to be computed;  bytes(case)  the least that has to move
//   others              peers beside PyTorch that have a side for it
import { cnn, conv } from "./cnn.mjs";
import { elementwise, matmul } from "./kernels.mjs";
import { mlp, tiny, wideMlp } from "./mlp.mjs";
import { lstm, transformer } from "./sequence.mjs";

export const workloads = { mlp, wideMlp, tiny, cnn, lstm, transformer, matmul, elementwise, conv };
