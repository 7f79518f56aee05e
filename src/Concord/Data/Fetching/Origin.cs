using Concord.Data.Formats;

namespace Concord.Data.Fetching;

/// <summary>A file as it is given out.</summary>
/// <param name="Name">Its name at the origin and in the data root.</param>
/// <param name="Bytes">Its length, to the byte where it is known, else about; progress and the limit on what is accepted go by it.</param>
/// <param name="Md5">The MD5 that is published for it.</param>
internal sealed record OriginFile(string Name, long Bytes, string Md5);

/// <summary>What a data set consists of as it is given out, and where.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Folder">The folder of a data root, or of a mirror, that the files lie in.</param>
/// <param name="Files">The files.</param>
/// <param name="Addresses">Addresses that a file's name is appended to, in the order in which they are tried.</param>
/// <param name="Members">Where the one file is an archive that several sets share: the entries that make up this set.</param>
/// <param name="Cifar">The format of the archive, for a set of that kind; the others consist of IDX files.</param>
internal sealed record Origin(string Set, string Folder, OriginFile[] Files, string[] Addresses, string[]? Members = null,
    CifarFormat? Cifar = null)
{
    private static readonly string[] s_zalando = ["https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"];
    private static readonly string[] s_toronto = ["https://www.cs.toronto.edu/~kriz/"];

    /// <summary>
    /// Every set that can be fetched. MD5s of CIFAR's archives are those of its home page; the others are those that torchvision and
    /// several other libraries check the originals against.
    /// </summary>
    public static IReadOnlyList<Origin> All { get; } =
    [
        Idx("mnist", ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
            (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"), (28_881, "d53e105ee54ea40749a09fcbcd1e9432"), (1_648_877,
                "9fb629c4189551a2d022fa330f9573f3"), (4_542, "ec29112dd5afa0611ce80d1b7f02629c")),
        Idx("fashion-mnist", s_zalando,
            (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"), (29_515, "25c81989df183df01b3e8a0aad5dffbe"), (4_422_102,
                "bef4ecab320f06d8554ea6380940ec79"), (5_148, "bb300cfdad3c16e7a12a480ee83cd310")),
        Idx("kmnist", ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
            (18_165_135, "bdb82020997e1d708af4cf47b453dcf7"), (29_497, "e144d726b3acfaa3e44228e80efcd344"), (3_041_136,
                "5c965bf0a639b31b8f53240b1b52f4d7"), (5_120, "7320c461ea6c1c855c0b718fb2a4b134")),
        Emnist("letters"),
        Emnist("balanced"),
        new("cifar-10", "cifar-10", [new("cifar-10-binary.tar.gz", 170_052_171, "c32a1d4ab5d03f1284b67883e8d87530")], s_toronto,
            Cifar: CifarFormat.Cifar10),
        new("cifar-100", "cifar-100", [new("cifar-100-binary.tar.gz", 168_513_733, "03b5dce01913d631647c71ecec9e9cb8")], s_toronto,
            Cifar: CifarFormat.Cifar100),
    ];

    /// <summary>The origin of a set; null where it is not known.</summary>
    public static Origin? Of(string set) => 
        All.FirstOrDefault(origin => origin.Set.Equals(set, StringComparison.OrdinalIgnoreCase));

    /// <summary>The names of the files that the set's reader looks for, in its own folder.</summary>
    public IEnumerable<string> Wanted => Members?.Select(Path.GetFileName).OfType<string>() ?? Files.Select(file => file.Name);

    /// <summary>The names under which the reader takes a wanted file, in its order.</summary>
    public string[] NamesOf(string wanted) => Cifar is null ? [wanted[..^".gz".Length], wanted]
        : [Cifar.Folder, $"{Set}-binary.tar", wanted];

    /// <summary>Where a file may be asked for.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mirrors">Data roots on the web, in place of the known addresses; none to ask those.</param>
    public IReadOnlyList<Uri> AddressesOf(OriginFile file, IReadOnlyList<Uri> mirrors) => mirrors.Count > 0
        ? [.. mirrors.Select(mirror => new Uri(mirror, $"{Folder}/{file.Name}"))]
        : [.. Addresses.Select(address => new Uri(address + file.Name))];

    private static Origin Idx(string set, string[] addresses, params ReadOnlySpan<(long Bytes, string Md5)> files)
    {
        string[] names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz"];
        var all = new OriginFile[names.Length];
        for (var i = 0; i < names.Length; i++) all[i] = new(names[i], files[i].Bytes, files[i].Md5);
        return new(set, set, all, addresses);
    }

    private static Origin Emnist(string part) =>
        new($"emnist-{part}", "emnist", [new("gzip.zip", 561_753_746, "58c8d27c78d21e728a6bc7b3cc06412e")],
        ["https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"],
        [.. from kind in (string[])["train", "test"] from what in (string[])["images-idx3", "labels-idx1"]
            select $"gzip/emnist-{part}-{kind}-{what}-ubyte.gz"]);
}
