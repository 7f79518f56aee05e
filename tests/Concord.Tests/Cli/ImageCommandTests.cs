using Concord.Tests.Images;

namespace Concord.Tests.Cli;

/// <summary>A folder of images from the first command to answers, as the built program takes them.</summary>
public sealed class ImageCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ImagesAreTrainedOnContinuedMovedAndAnswered()
    {
        Pictures.WriteClasses(_concord["set"]);
        Pictures.Write(_concord["set/above/large.png"], 16, 16, 1, (row, _, _) => row < 8 ? 220 : 10);
        const string Train = "train --data folder:set --model mlp:64-8-2 --batch 4 --epochs 3 --engine managed --threads 1";
        var trained = _concord.Run($"{Train} --out run");
        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("1 of 25 images was resized to 8x8 pixels (height x width), from 16x16", trained.Out, StringComparison.Ordinal);

        Directory.Move(_concord["set"], _concord["moved"]);
        Assert.Equal(2, _concord.Run("resume run --epochs 4").ExitCode);
        Assert.Equal(0, _concord.Run("resume run --epochs 4 --data folder:moved").ExitCode);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);

        var answered = _concord.Run("predict run moved/above/large.png moved/below/00.jpg");
        Assert.Equal(0, answered.ExitCode);
        var lines = answered.Out.TrimEnd().Split('\n');
        Assert.Equal("file,label,probability above,probability below", lines[0]);
        Assert.StartsWith("moved/above/large.png,above,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("moved/below/00.jpg,below,", lines[2], StringComparison.Ordinal);
        Assert.Contains("1 of 2 images was resized to 8x8 pixels, such as moved/above/large.png, 16x16", answered.Error,
            StringComparison.Ordinal);

        File.WriteAllText(_concord["bad.png"], "none");
        var refused = _concord.Run("predict run bad.png");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("The image 'bad.png' cannot be decoded: it is neither PNG nor JPEG.", refused.Error, StringComparison.Ordinal);
        File.WriteAllText(_concord["empty.png"], "");
        var several = _concord.Run("predict run moved/below/01.png bad.png empty.png");
        Assert.Equal((2, ""), (several.ExitCode, several.Out));
        Assert.Contains("'bad.png' cannot be decoded: it is neither PNG nor JPEG. The image 'empty.png' cannot be decoded: it is empty. "
            + "2 of 3 images: none was answered. Mend or remove them, or leave them out: --skip.", several.Error, StringComparison.Ordinal);
        var piped = _concord.RunIn("cat moved/above/large.png | \"$@\"", "predict run");
        Assert.Equal((0, lines[1].Replace("moved/above/large.png", "standard input", StringComparison.Ordinal)),
            (piped.ExitCode, piped.Out.TrimEnd().Split('\n')[1]));
        Assert.Contains("For a folder of images, a class a subfolder, write folder:moved.", _concord.Run("train --data moved").Error,
            StringComparison.Ordinal);
        var left = _concord.Run("predict run bad.png moved/below/01.png --skip");
        Assert.Equal((0, 2), (left.ExitCode, left.Out.TrimEnd().Split('\n').Length));
        Assert.Contains("left out: The image 'bad.png' cannot be decoded", left.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 2 images cannot be decoded and was left out", left.Error, StringComparison.Ordinal);
        var none = _concord.Run("predict run bad.png --skip");
        Assert.Equal((0, "file,label,probability above,probability below\n"), (none.ExitCode, none.Out));
        File.WriteAllText(_concord["none.csv"], string.Join(',', Enumerable.Range(0, 64)) + "\n");
        Assert.Contains("Tables and images were given together", _concord.Run("predict run bad.png table.csv").Error,
            StringComparison.Ordinal);

        // new images of another size go through the size of the run
        Pictures.WriteClasses(_concord["new"], each: 3, height: 20, width: 12);
        var evaluated = _concord.Run("evaluate run --data folder:new");
        Assert.Equal(0, evaluated.ExitCode);
        Assert.Contains("new data: 6 samples of folder:new", evaluated.Out + evaluated.Error, StringComparison.Ordinal);

        Pictures.Write(_concord["moved/below/01.png"], 8, 8, 1, (_, _, _) => 0);   // changed
        var changed = _concord.Run("resume run --epochs 5");
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("are not those that it was begun with", changed.Error, StringComparison.Ordinal);
    }
}
