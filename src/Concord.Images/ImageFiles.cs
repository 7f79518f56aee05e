using Concord.Interchange;

namespace Concord.Images;

/// <summary>An image of a folder.</summary>
/// <param name="Path">The file.</param>
/// <param name="Class">Its class's number.</param>
/// <param name="IsTest">Whether it lies in the part for the test, where there is one.</param>
internal sealed record ImageFile(string Path, int Class, bool IsTest);

/// <summary>The images below a folder, class after class and name after name, both in ordinal order.</summary>
/// <param name="Classes">The classes' names.</param>
/// <param name="Files">The images.</param>
/// <param name="Others">What else lies there and is passed over; hidden files are not told of.</param>
/// <param name="AreParted">Whether the parts for training and test are given.</param>
internal sealed record ImageFiles(IReadOnlyList<string> Classes, IReadOnlyList<ImageFile> Files, List<string> Others, bool AreParted)
{
    private const string Layout = "a class is a subfolder with images in it, as flowers/rose/1.png and flowers/tulip/1.png";

    /// <exception cref="ConcordException">There is no such folder, or it has no two classes.</exception>
    public static ImageFiles Of(string path)
    {
        if (path.Length == 0) throw new ConcordException("'folder:' has no path. Write folder:PATH, the folder that has the classes' "
            + "folders in it.");
        if (!Directory.Exists(path))
            throw new ConcordException($"There is no folder '{path}'. Give one of images: {Layout}.");
        List<string> others = [];
        var below = Folders(path);
        var areParted = below is ["test", "train"];
        List<(string Folder, bool IsTest)> parts = areParted
            ? [(Path.Combine(path, "train"), false), (Path.Combine(path, "test"), true)] : [(path, false)];
        foreach (var (folder, _) in parts) CheckLoose(folder, others);
        List<string> classes = [.. parts.SelectMany(part => Folders(part.Folder)).Distinct().Order(StringComparer.Ordinal)];
        List<ImageFile> files = [];
        for (var number = 0; number < classes.Count; number++)
        {
            var before = files.Count;
            foreach (var (folder, isTest) in parts)
            {
                var place = Path.Combine(folder, classes[number]);
                if (!Directory.Exists(place)) continue;
                others.AddRange(Folders(place).Select(inner => Path.Combine(place, inner)));
                foreach (var file in Names(place, Directory.EnumerateFiles).Select(name => Path.Combine(place, name)))
                    if (ImageFolder.IsImage(file)) files.Add(new(file, number, isTest));
                    else others.Add(file);
            }
            if (files.Count == before)
                throw new ConcordException($"The class '{classes[number]}' in '{path}' has no image: its folder has no .png, .jpg or "
                    + $".jpeg in it. Remove the folder, or fill it; {Layout}.");
        }
        return classes.Count > 1 ? new(classes, files, others, areParted)
            : throw new ConcordException($"The folder '{path}' has {(classes.Count == 0 ? "no subfolder"
                : $"one subfolder, '{classes[0]}'")}, but at least two classes were expected: {Layout}.");
    }

    // Images in no class.
    private static void CheckLoose(string folder, List<string> others)
    {
        foreach (var name in Names(folder, Directory.EnumerateFiles))
            if (ImageFolder.IsImage(name))
                throw new ConcordException($"The image '{Path.Combine(folder, name)}' lies in no class's folder. Move it into one: "
                    + $"{Layout}.");
            else others.Add(Path.Combine(folder, name));
    }

    private static List<string> Folders(string path) => Names(path, Directory.EnumerateDirectories);

    private static List<string> Names(string path, Func<string, IEnumerable<string>> enumerate)
    {
        List<string> names = [];
        FileErrors.Explained("read", path, () => names = [.. enumerate(path).Select(entry => Path.GetFileName(entry))
            .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)]);
        return names;
    }
}
