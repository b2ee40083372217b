import { data } from "mytorch";
import * as cubes from "./cubes.js";

void data.serveWorker(cubes);
