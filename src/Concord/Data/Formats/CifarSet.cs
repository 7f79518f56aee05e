namespace Concord.Data.Formats;

/// <summary>A CIFAR data set in a folder: the archive as it comes, the archive unpacked from gzip, or all unpacked.</summary>
internal sealed record CifarSet(string Name, CifarFormat Format, IReadOnlyList<string> Classes)
{
    /// <summary>What is looked for, in this order.</summary>
    public string[] Choices => [Format.Folder, $"{Name}-binary.tar", $"{Name}-binary.tar.gz"];

    /// <summary>Reads the set.</summary>
    /// <exception cref="ConcordException">It is missing or damaged.</exception>
    public Dataset Read(string folder)
    {
        var choice = Choices.Select(choice => Path.Combine(folder, choice)).FirstOrDefault(Path.Exists)
            ?? Path.Combine(folder, Choices[^1]);
        var contents = ReadChoice(choice);
        return new(Name, contents.Train, contents.Test, contents.ClassNames ?? Classes, choice, Verification.Of(Name, contents.Hashes));
    }

    private CifarReader.Contents ReadChoice(string path)
    {
        if (Directory.Exists(path)) return CifarReader.ReadFolder(Format, path);
        using var archive = ContentStream.Open(path);
        return CifarReader.ReadArchive(Format, archive);
    }
}
