using Concord.Data.Fetching;

namespace Concord.Data.Formats;

/// <summary>
/// The SHA-256 of contents that are known, unpacked. Of sets whose contents are not known, the packed files may have a published MD5.
/// </summary>
internal static class KnownContents
{
    private const string FirstSamples = "the first 2,000 training or 500 test samples of MNIST";

    private static readonly Known[] All =
    [
        // the contents of the four packed files that have the md5 widely published for the originals
        new("mnist", "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("mnist", "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("mnist", "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("mnist", "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),

        new("mnist-2k", "train-images-idx3-ubyte", "729d340c0177402770b27c04f817dfb40ed8844459b35a9f11ae21067b05cf19", FirstSamples),
        new("mnist-2k", "train-labels-idx1-ubyte", "90795ea2219655a7281c0d6756d0ae8a33bebac7ec84bac89bbdcc5e3baa9f8c", FirstSamples),
        new("mnist-2k", "t10k-images-idx3-ubyte", "de0a55d8eb2a23fce4f596c5234b08b9c8ee685583a2b0e52f3a78eca48f9d89", FirstSamples),
        new("mnist-2k", "t10k-labels-idx1-ubyte", "60e902e82445d902e245e1b039469f36936d63cb28e81527a7bbba247c240af3", FirstSamples),

        // images: the git blob ids of an independent copy of the originals; labels: the originals' published md5
        new("fashion-mnist", "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        new("fashion-mnist", "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        new("fashion-mnist", "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        new("fashion-mnist", "t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),

        // as published by several projects that check the original archives
        new("cifar-10", "data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        new("cifar-10", "data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        new("cifar-10", "data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        new("cifar-10", "data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        new("cifar-10", "data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        new("cifar-10", "test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
        new("cifar-10", "test_batch.bin", "12b72019dddc66aa680d9654ddcc864aa808e6540641e0887054d04d415d6427",
            "23 of the 10,000 images come from a lossy copy; every label is right"),
        new("cifar-100", "train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
        new("cifar-100", "test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),

        new("glyphs", "train", "72fd0818595cf60e7c15043c230e1e1e8785c444e70e20eecb13bae90baa9982"),
        new("glyphs", "test", "7d223fadc7052a84a6d6fbd6638bf9d9cdc0fdba541c7260a77d9b217e4ff32b"),

        new("yin-yang", "train", "9791b9c48237c93419dcd40b8d6686839c47a6a1a3a52938a631440960fab3bf"),
        new("yin-yang", "test", "2054cf0fa7c80e3c9bcbe1879bec2e9bd550ec63b03ea2ee2c82ad0cbcbd3bd6"),

        new("postures", "train", "1f60cc09a86d6ecb26619651bb98e61bc60940eef790cd4de997b6254fdb4da9"),
        new("postures", "test", "0a38f050faf66826149a27faba7315ebfff797ec0d2e7ca12d8b15bfd93f071e"),
    ];

    /// <summary>Whether the original contents of a set are known.</summary>
    public static bool Knows(string set) => Array.Exists(All, known => known.Set == set);

    /// <summary>What a file of a set is.</summary>
    public static FileVerification Judge(string set, FileHash hash)
    {
        var match = Array.Find(All, known => known.Set == set && known.File == hash.File && known.Sha256 == hash.Sha256);
        if (match is not null)
            return new(hash.File, hash.Sha256, match.Difference.Length == 0 ? Verdict.Official : Verdict.KnownVariant, match.Difference);
        if (!Knows(set) && Origin.Of(set) is { } origin && Inspection.HasPublishedMd5(origin, $"{hash.File}.gz", hash.Path))
            return new(hash.File, hash.Sha256, Verdict.Official, Inspection.PublishedMd5);
        var elsewhere = Array.Find(All, known => known.Sha256 == hash.Sha256);
        var note = elsewhere is not null ? $"this is {elsewhere.File} of {elsewhere.Set}"
            : Knows(set) ? "differs from every version known"
            : "no version is known to compare with";
        return new(hash.File, hash.Sha256, Verdict.Unknown, note);
    }

    /// <param name="Set">The data set.</param>
    /// <param name="File">The file in it.</param>
    /// <param name="Sha256">Of the contents.</param>
    /// <param name="Difference">How it differs from the original; empty if it does not.</param>
    private sealed record Known(string Set, string File, string Sha256, string Difference = "");
}
