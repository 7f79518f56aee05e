using System.Globalization;
using Concord.Data;
using Concord.Numerics;

namespace Concord.Images;

/// <summary>
/// A folder of PNG and JPEG images as a data set: a class a subfolder, named after it, in ordinal order. Where there are the subfolders
/// <c>train</c> and <c>test</c> and no others, their subfolders are the classes, and the parts are given; else a fifth is set aside for the
/// test, as of a table. Values are bytes from 0 to 255, channels x height x width: one channel if all images are grey, else red, green and
/// blue. Images of another size than the set's are resized, by area.
/// </summary>
/// <example><code>
/// ImageFolder.Register();   // from now on --data folder:PATH and a run's data of that name are read
/// var data = ImageFolder.Load("flowers", new ImageSize(32, 32));
/// </code></example>
public static class ImageFolder
{
    /// <summary>What the name of such data begins with.</summary>
    public const string Prefix = "folder:";

    private const int MostNamed = 5;
    private static readonly string[] s_extensions = [".png", ".jpg", ".jpeg"], s_parts = ["train", "test"];

    /// <summary>
    /// Has all that reads data by name read <c>folder:PATH</c>, and <c>folder:PATH#WORDS</c> with words after commas: a size (<c>32</c> or
    /// <c>32x48</c>, height first), <c>grey</c> or <c>colour</c>, <c>skip</c> to leave out what cannot be decoded.
    /// </summary>
    public static void Register() => DataSource.Register(Prefix, Load);

    /// <summary>Whether a file is called as an image is.</summary>
    /// <param name="path">Its path.</param>
    public static bool IsImage(string path) => s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="size">The size of a sample; null for that which most images have, of several the smallest.</param>
    /// <param name="isColour">Whether there are three channels or one; null for one where all images are grey.</param>
    /// <param name="skips">Whether images that cannot be decoded are left out, and counted; else they are refused.</param>
    /// <exception cref="ConcordException">There are no two classes with images, or one cannot be decoded.</exception>
    public static Dataset Load(string path, ImageSize? size = null, bool? isColour = null, bool skips = false) =>
        Load(path, new(size, isColour, skips), null);

    /// <summary>Reads images for a network that was trained on such, in place of a table's rows.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="shape">What the network takes: channels x height x width (<c>TrainedModel.SampleShape</c>).</param>
    /// <param name="resized">Told of each image that had another size, and which; null to tell nobody.</param>
    /// <returns>A row for each image, values from 0 to 255, channel after channel.</returns>
    /// <exception cref="ConcordException">One cannot be decoded, or the network takes no images.</exception>
    public static float[,] Read(IReadOnlyList<string> paths, Shape shape, Action<string, ImageSize>? resized = null)
    {
        Check(shape);
        return Rows(paths, shape, resized, ImageReader.Bytes);
    }

    private static void Check(Shape shape)
    {
        if (shape.Rank != 3 || shape[0] is not (1 or 3))
            throw new ConcordException($"The network takes {shape}, and no images of one or three channels. Give it rows of a table.");
    }

    private static float[,] Rows(IReadOnlyList<string> paths, Shape shape, Action<string, ImageSize>? resized, Func<string, byte[]> bytes)
    {
        var rows = new float[paths.Count, shape.Length];
        var (pixels, size) = (new byte[shape.Length], new ImageSize(shape[1], shape[2]));
        for (var i = 0; i < paths.Count; i++)
        {
            var own = ImageReader.Read(paths[i], bytes(paths[i]), shape[0], size, pixels);
            if (own != size) resized?.Invoke(paths[i], own);
            for (var j = 0; j < pixels.Length; j++) rows[i, j] = pixels[j];
        }
        return rows;
    }

    /// <summary>The same of one image that a stream has, read to its end.</summary>
    /// <param name="image">The bytes of a PNG or JPEG file.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="shape">What the network takes: channels x height x width (<c>TrainedModel.SampleShape</c>).</param>
    /// <param name="resized">Told if the image had another size, and which; null to tell nobody.</param>
    /// <returns>One row, values from 0 to 255, channel after channel.</returns>
    /// <exception cref="ConcordException">It cannot be decoded, or the network takes no images.</exception>
    public static float[,] Read(Stream image, string name, Shape shape, Action<string, ImageSize>? resized = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        Check(shape);
        return Rows([name], shape, resized, _ => ImageReader.Bytes(image, name));
    }

    /// <summary>How many bytes <see cref="BeginsAsImage"/> needs.</summary>
    public const int BeginningLength = 3;

    /// <summary>Whether bytes begin as those of a PNG or JPEG file do, which no text does.</summary>
    /// <param name="bytes">The first <see cref="BeginningLength"/> or more.</param>
    public static bool BeginsAsImage(ReadOnlySpan<byte> bytes) => bytes is [0x89, (byte)'P', (byte)'N', ..] or [0xFF, 0xD8, 0xFF, ..];

    private static Dataset Load(string name, Shape? like)
    {
        var path = name[Prefix.Length..];
        var mark = Directory.Exists(path) ? -1 : path.LastIndexOf('#');
        return mark < 0 ? Load(path, default, like) : Load(path[..mark], Wishes.Parse(path[(mark + 1)..], name), like);
    }

    private static Dataset Load(string path, Wishes wishes, Shape? like)
    {
        var found = ImageFiles.Of(path);
        List<string> damaged = [];
        List<(ImageFile File, ImageKind Kind)> images = [];
        foreach (var file in found.Files) Heed(damaged, file.Path, () => images.Add((file, ImageReader.KindOf(file.Path))));
        if (images.Count == 0) throw Undecoded(path, damaged, found.Files.Count);
        var size = wishes.Size ?? (like is { Rank: 3 } wanted ? new(wanted[1], wanted[2]) : Usual(images.Select(image => image.Kind)));
        var isColour = wishes.IsColour ?? (like is { Rank: 3 } given ? given[0] == 3 : images.Exists(image => image.Kind.IsColour));
        var shape = new Shape(isColour ? 3 : 1, size.Height, size.Width);
        if ((long)images.Count * shape.Length > Array.MaxLength)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The {images.Count} images in '{path}' take "
                + $"{(double)images.Count * shape.Length / (1 << 30):0.0} GB at {size} pixels. Give a smaller size: "
                + $"{Prefix}{path}#32x32."));

        var pixels = new byte[images.Count * shape.Length];
        List<ImageFile> read = [];
        List<ImageSize> resized = [];
        foreach (var (file, _) in images)
            Heed(damaged, file.Path, () =>
            {
                var own = ImageReader.Read(file.Path, ImageReader.Bytes(file.Path), shape[0], size,
                    pixels.AsSpan(read.Count * shape.Length, shape.Length));
                if (own != size) resized.Add(own);
                read.Add(file);
            });
        if (damaged.Count > 0 && (!wishes.Skips || read.Count == 0)) throw Undecoded(path, damaged, found.Files.Count);
        Array.Resize(ref pixels, read.Count * shape.Length);
        var samples = new Samples(shape, pixels, [.. read.Select(file => file.Class)], found.Classes.Count);
        return Dataset.OfFiles(samples, found.AreParted ? [.. read.Select(file => file.IsTest)] : null, found.Classes,
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), path,
            $"{Prefix}{Path.GetFullPath(path)}{wishes}", Remarks(found, damaged, resized, size, read.Count));
    }

    // The size of most; of equals the smallest.
    private static ImageSize Usual(IEnumerable<ImageKind> kinds) => kinds.GroupBy(kind => new ImageSize(kind.Height, kind.Width))
        .OrderByDescending(same => same.Count()).ThenBy(same => same.Key.Pixels).ThenBy(same => same.Key.Height).First().Key;

    private static List<string> Remarks(ImageFiles found, List<string> damaged, List<ImageSize> resized, ImageSize size, int count)
    {
        List<string> remarks = [];
        if (resized.Count > 0)
        {
            var (least, most) = (resized.MinBy(one => one.Pixels), resized.MaxBy(one => one.Pixels));
            remarks.Add(string.Create(CultureInfo.InvariantCulture, $"{resized.Count:N0} of {count:N0} images "
                + $"{WasOrWere(resized.Count)} resized to {size} pixels (height x width), "
                + $"from {(least == most ? $"{least}" : $"{least} to {most}")}."));
        }
        if (damaged.Count > 0)
            remarks.Add(string.Create(CultureInfo.InvariantCulture,
                $"{damaged.Count:N0} of {damaged.Count + count:N0} images cannot be decoded and {WasOrWere(damaged.Count)} left out: ")
                + $"{Listed(damaged)}.");
        if (found.Others.Count > 0)
            remarks.Add(string.Create(CultureInfo.InvariantCulture, $"{found.Others.Count:N0} {(found.Others.Count == 1
                ? "entry that is no PNG or JPEG was" : "entries that are no PNG or JPEG were")} passed over: {Listed(found.Others)}."));
        return remarks;
    }

    private static string WasOrWere(int count) => count == 1 ? "was" : "were";

    private static string Listed(List<string> paths) =>
        string.Join(", ", paths.Take(MostNamed)) + (paths.Count > MostNamed ? ", ..." : "");

    // Keeps the name and the reason.
    private static void Heed(List<string> damaged, string path, Action read)
    {
        try
        {
            read();
        }
        catch (ConcordException error)
        {
            const string Reason = "cannot be decoded: ";
            var at = error.Message.IndexOf(Reason, StringComparison.Ordinal);
            damaged.Add($"{path} ({(at < 0 ? error.Message : error.Message[(at + Reason.Length)..]).TrimEnd('.')})");
        }
    }

    private static ConcordException Undecoded(string path, List<string> damaged, int count) => new(string.Create(
        CultureInfo.InvariantCulture, $"{damaged.Count:N0} of the {count:N0} images in '{path}' cannot be decoded: {Listed(damaged)}. "
            + $"{(damaged.Count < count ? $"Mend or remove them, or leave them out: {Prefix}{path}#skip." : "Give PNG or JPEG files.")}"));

    /// <summary>What a name asks for behind its mark.</summary>
    private readonly record struct Wishes(ImageSize? Size, bool? IsColour, bool Skips)
    {
        public static Wishes Parse(string text, string name)
        {
            var wishes = default(Wishes);
            foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
                wishes = word switch
                {
                    "grey" or "gray" => wishes with { IsColour = false },
                    "colour" or "color" => wishes with { IsColour = true },
                    "skip" => wishes with { Skips = true },
                    _ => wishes with
                    {
                        Size = ImageSize.Parse(word) ?? throw new ConcordException($"'{name}' has the word '{word}' behind its #; there "
                            + "stand, with commas between them, a size as 32 or 32x48 (height first), grey or colour, and skip."),
                    },
                };
            return wishes;
        }

        public override string ToString()
        {
            string[] words = [.. Size is { } size ? (string[])[$"{size}"] : [], .. IsColour is { } isColour ? [isColour ? "colour" : "grey"]
                : (string[])[], .. Skips ? (string[])["skip"] : []];
            return words.Length == 0 ? "" : $"#{string.Join(',', words)}";
        }
    }
}
