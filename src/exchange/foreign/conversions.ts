/** Python on one line that writes tables of files of other systems as files that are read here. */

/** What a file is in words, and Python on one line that writes what is read here. */
export interface Kind {
  readonly what: string;
  /** Of a path as a text of Python. */
  readonly python: (path: string) => string;
  /** What to know before that is run. */
  readonly before?: string;
}

const runsIt =
  "it runs what is in the file, so only with one that you trust, and where the programs that it is of are installed";

/** Every tensor by its path through dictionaries, lists and modules, less the optimizer's. */
const torchTensors =
  'w = lambda o, n: [(n or "tensor", o)] if torch.is_tensor(o) and o.is_floating_point() and o.layout == torch.strided else [x for k, v in (o.items() if isinstance(o, dict) else enumerate(o) if isinstance(o, (list, tuple)) else o.state_dict().items() if hasattr(o, "state_dict") else ()) if not str(k).startswith("optim") for x in w(v, f"{n}.{k}" if n else str(k))]';

/** What torch.save writes. */
export const torch: Kind = {
  what: "a PyTorch checkpoint, which is a pickle",
  before: `${runsIt}; it needs the package safetensors`,
  python: (path) =>
    `import torch; from safetensors.torch import save_file; ${torchTensors}; save_file({n: t.detach().clone().contiguous() for n, t in w(torch.load(${path}, map_location="cpu", weights_only=False), "")}, "model.safetensors")`,
};

/** The names and values of the first object with two tables, at most three objects deep. */
const foundTables =
  't = lambda o: o if isinstance(o, dict) else dict(enumerate(o)) if isinstance(o, (list, tuple)) else getattr(o, "__dict__", {}); f = lambda o, d: [t(o)] if sum(isinstance(v, np.ndarray) and v.ndim == 2 for v in t(o).values()) > 1 else [x for v in t(o).values() for x in f(v, d - 1)] if d else []; m = (f(m, 3) or exit("no object in it has two tables"))[0]';
const allTables =
  'np.savez("model.npz", **{str(k): v for k, v in m.items() if isinstance(v, (np.ndarray, np.number, int, float))})';
/** Surprise numbers users and items anew, and keeps the mean apart. */
const surpriseTables =
  's = m["trainset"]; np.savez("model.npz", user_factors=m["pu"], item_factors=m["qi"], user_bias=m["bu"], item_bias=m["bi"], mean=s.global_mean if m.get("biased", True) else 0, user_ids=[str(s.to_raw_uid(u)) for u in range(s.n_users)], item_ids=[str(s.to_raw_iid(i)) for i in range(s.n_items)])';

const byPickle = (path: string) => `import pickle; m = pickle.load(open(${path}, "rb"))`;
const byJoblib = (path: string) => `import joblib; m = joblib.load(${path})`;

const pickled = (what: string, loader: (path: string) => string, tables = allTables): Kind => ({
  what,
  before: runsIt,
  python: (path) => `import numpy as np; ${loader(path)}; ${foundTables}; ${tables}`,
});

/** What pickle.dump writes. */
export const pickle = pickled("a pickle", byPickle);
/** What joblib.dump writes, and pickles that were compressed. */
export const joblib = pickled("a joblib pickle", byJoblib);
/** A pickled algorithm of the library Surprise. */
export const surprise = pickled("a pickle of Surprise", byJoblib, surpriseTables);
/** What only Python unpacks. */
export const compressed = (by: string): Kind =>
  pickled(`compressed by ${by}, as joblib compresses its pickles`, byJoblib);

/** HDF5, of Keras and others. */
export const hdf5: Kind = {
  what: "an HDF5 file, such as Keras writes",
  python: (path) =>
    `import h5py, numpy as np; t = {}; f = h5py.File(${path}, "r"); f.visititems(lambda n, x: t.update({n.replace("/", "."): x[()]}) if isinstance(x, h5py.Dataset) and x.dtype.kind in "fiu" else None); np.savez("model.npz", **t)`,
};

/** What `save` of Keras 3 writes. */
export const keras: Kind = {
  what: "a Keras model",
  before: "with classes of your own, import them first",
  python: (path) =>
    `import keras, numpy as np; m = keras.saving.load_model(${path}, compile=False); np.savez("model.npz", **{w.path.replace("/", "."): w.numpy() for w in m.weights})`,
};

/** ONNX. */
export const onnx: Kind = {
  what: "an ONNX model",
  python: (path) =>
    `import onnx, numpy as np; from onnx import numpy_helper; np.savez("model.npz", **{t.name.replace("/", "."): numpy_helper.to_array(t) for t in onnx.load(${path}).graph.initializer})`,
};

/** What tf.train.Checkpoint and SavedModel write. */
export const tensorflow: Kind = {
  what: "a TensorFlow checkpoint",
  python: (path) =>
    `import numpy as np, tensorflow as tf; r = tf.train.load_checkpoint(${path}); np.savez("model.npz", **{n.replace("/.ATTRIBUTES/VARIABLE_VALUE", "").replace("/", "."): r.get_tensor(n) for n in r.get_variable_to_shape_map() if n != "_CHECKPOINTABLE_OBJECT_GRAPH"})`,
};
