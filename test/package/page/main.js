import { compareThreads } from "./threads.js";
import { train } from "./train.js";
import { loadInPackedWorkers, loadInWorkers } from "./workers.js";

const tasks = { "?threads": compareThreads, "?workers": loadInWorkers, "?packed": loadInPackedWorkers };
const out = document.querySelector("output");
try {
  out.textContent = JSON.stringify(await (tasks[location.search] ?? train)());
} catch (error) {
  out.textContent = String(error);
}
out.dataset.done = "";
