/** Imports point one way. The one knot between layers is src/ops/methods.ts, which gives tensors the ops as methods. */
const layer = (name, from, to, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    layer(
      "backend-knows-buffers",
      "^src/backend",
      "^src/(tensor|autograd|ops|nn|optim|data|io|viz)",
      "a backend knows flat buffers and sizes",
    ),
    layer(
      "tensor-below-autograd",
      "^src/tensor",
      "^src/(autograd|ops|derivatives|inspect|nn|optim|data|io|viz)",
      "tensors know nothing of the graph's engine or of ops",
    ),
    {
      name: "autograd-below-ops",
      comment: "the engine knows no op; its public list also names what is built above it",
      severity: "error",
      from: { path: "^src/autograd", pathNot: "^src/autograd/index[.]ts$" },
      to: { path: "^src/(ops|derivatives|inspect|nn|optim|data|io|viz)" },
    },
    layer("ops-below-nn", "^src/ops", "^src/(derivatives|inspect|nn|optim|data|io|viz)", "ops know no layers"),
    layer("nn-below-optim", "^src/nn", "^src/(optim|data|io|viz)", "layers know neither optimizers nor data"),
    layer(
      "capture-above-autograd",
      "^src/capture",
      "^src/(ops|derivatives|inspect|nn|optim|data|io|viz)",
      "it records any op",
    ),
    layer(
      "capture-below-none",
      "^src/(backend|tensor|autograd|ops|nn|optim|data)",
      "^src/capture",
      "nobody knows who records",
    ),
    layer("random-alone", "^src/random", "^src/(?!random|backend|tensor/(errors|shape))", "generators fill arrays"),
    {
      name: "no-cycle",
      comment:
        "types may refer to each other. Among ops the gradient of one is made of others, each called long after all are loaded; a view's gradient is an op as well",
      severity: "error",
      from: { path: "^src" },
      to: {
        circular: true,
        via: { pathNot: "^src/(ops/|autograd/(defineOp|inPlace|strided)[.]ts$)" },
        viaOnly: { dependencyTypesNot: ["type-only"] },
      },
    },
    {
      name: "cli-uses-what-is-public",
      severity: "error",
      from: { path: "^cli" },
      to: {
        path: "^src/",
        pathNot: "^src/(index|nn/index|optim/index|data/index|autograd/index|viz/index|io/index)[.]ts$",
      },
    },
    {
      name: "no-runtime-dependency",
      severity: "error",
      from: { path: "^src", pathNot: "^src/viz/png" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional"] },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
