// A worker's own file, as what a bundler packs has one.
import { data } from "../../../dist/src/index.js";
import * as pngs from "./pngs.mjs";

void data.serveWorker(pngs);
