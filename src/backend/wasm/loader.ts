import type { Backend } from "../backend.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";

export const createCpuBackend = (heap: Heap): Backend => new ReferenceBackend(heap);
