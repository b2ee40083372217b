/**
 * The program of a DataLoader's worker that imports the data set's module by its URL. It is a file of its own, beside which the library's
 * modules lie: the data set's module and this one must mean the same Tensor.
 */
import "../../ops/methods.js";
import { importModule } from "./recipe.js";
import { serveFrom } from "./serveWorker.js";

void serveFrom(importModule);
