using Concord.Data;
using Concord.Images;
using Concord.Numerics;

namespace Concord.Tests.Images;

/// <summary>Folders of images as data: values, channels, order, sizes, and what is refused.</summary>
public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Dataset Load(string words = "", string folder = "set")
    {
        ImageFolder.Register();
        return Dataset.Load($"folder:{_folder[folder]}{words}");
    }

    private string Refusal(string words = "", string folder = "set") => Assert.Throws<ConcordException>(() => Load(words, folder)).Message;

    private Samples All(string words = "") => Load(words).All!;

    [Fact]
    public void ClassesAndFilesStandInOrdinalOrderChannelsFirst()
    {
        Pictures.Write(_folder["set/b/1.png"], 2, 3, 3, (row, column, channel) => 100 * channel + 10 * row + column);
        Pictures.Write(_folder["set/B/2.png"], 2, 3, 1, (row, column, _) => 10 * row + column);
        Pictures.Write(_folder["set/a/10.png"], 2, 3, 1, (_, _, _) => 7);
        Pictures.Write(_folder["set/a/9.png"], 2, 3, 1, (_, _, _) => 8);
        File.WriteAllText(_folder["set/a/.hidden.png"], "");
        var data = Load();
        Assert.Equal(["B", "a", "b"], data.Classes);
        Assert.Equal(new Shape(3, 2, 3), data.Shape);
        var all = data.All!;
        Assert.Equal([0, 1, 1, 2], all.Labels.ToArray());
        Assert.Equal([0, 1, 2, 10, 11, 12, 0, 1, 2, 10, 11, 12, 0, 1, 2, 10, 11, 12], all.Bytes(0).ToArray());   // grey in three channels
        Assert.Equal((7, 8), (all.Bytes(1)[0], all.Bytes(2)[0]));
        Assert.Equal([0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112, 200, 201, 202, 210, 211, 212], all.Bytes(3).ToArray());
        Assert.Empty(data.Remarks);
        Assert.Equal(new Shape(1, 2, 3), Load("#grey").Shape);
    }

    [Fact]
    public void GreyImagesHaveOneChannelAndTransparentPixelsLieOnWhite()
    {
        Pictures.Write(_folder["set/a/1.png"], 1, 2, 2, (_, column, channel) => channel == 0 ? 100 : column == 0 ? 255 : 0);
        for (var i = 1; i < 9; i++) Pictures.Write(_folder[$"set/b/{i}.png"], 1, 2, 1, (_, _, _) => 50);
        Pictures.Write(_folder["set/a/2.png"], 1, 2, 1, (_, _, _) => 60);
        var all = All();   // of three channels: what is written with alpha here is a PNG of colours
        all = All("#grey");
        Assert.Equal(new Shape(1, 1, 2), all.Shape);
        Assert.Equal([100, 255], all.Bytes(0).ToArray());
        Assert.Equal(new Shape(3, 1, 2), All("#colour").Shape);
    }

    /// <summary>
    /// Eight ways to hold a camera before the same scene: bright at the top on the left, half so at the top on the right.
    /// </summary>
    [Fact]
    public void AnImageStandsUprightHoweverTheCameraWasHeld()
    {
        const int Side = 16;
        for (var way = 1; way <= 8; way++)
        {
            // where the first row and column that are stored lie: by the definition of the EXIF orientation
            var (isTurned, right, bottom) = (way >= 5, way is 2 or 3 or 6 or 7, way is 3 or 4 or 7 or 8);
            var (height, width) = isTurned ? (2 * Side, Side) : (Side, 2 * Side);
            Pictures.Write(_folder[$"set/{way}/1.jpg"], height, width, 1, (row, column, _) =>
            {
                var (y, x) = isTurned ? (column, row) : (row, column);
                if (right) x = 2 * Side - 1 - x;
                if (bottom) y = Side - 1 - y;
                return y >= Side / 2 ? 0 : x < Side ? 240 : 120;
            });
            Pictures.Hold(_folder[$"set/{way}/1.jpg"], (byte)way);
        }
        var data = Load();
        Assert.Equal(new Shape(1, Side, 2 * Side), data.Shape);
        Assert.Empty(data.Remarks);   // none was resized
        for (var way = 0; way < 8; way++)
        {
            var pixels = data.All!.Bytes(way).ToArray();
            int At(int row, int column) => pixels[row * 2 * Side + column];
            Assert.InRange(At(3, 3), 235, 245);
            Assert.InRange(At(3, 2 * Side - 4), 115, 125);
            Assert.InRange(At(Side - 4, 3), 0, 5);
            Assert.InRange(At(Side - 4, 2 * Side - 4), 0, 5);
        }
    }

    [Fact]
    public void OtherSizesAreResizedByAreaAndSaid()
    {
        Pictures.Write(_folder["set/a/1.png"], 2, 2, 1, (row, column, _) => 10 * row + column);
        Pictures.Write(_folder["set/a/2.png"], 2, 2, 1, (_, _, _) => 90);
        Pictures.Write(_folder["set/b/3.png"], 4, 6, 1, (row, column, _) => 10 * (row / 2) + column / 3);
        Pictures.Write(_folder["set/b/4.png"], 1, 3, 1, (_, column, _) => 30 * column);
        var data = Load();
        Assert.Equal(new Shape(1, 2, 2), data.Shape);   // that of most
        Assert.Equal(["2 of 4 images were resized to 2x2 pixels (height x width), from 1x3 to 4x6."], data.Remarks);
        Assert.Equal(data.All!.Bytes(0).ToArray(), data.All.Bytes(2).ToArray());
        Assert.Equal([10, 50, 10, 50], data.All.Bytes(3).ToArray());   // (0 + 15) / 1.5, (15 + 60) / 1.5
        Assert.Equal(new Shape(1, 1, 3), Load("#1x3").Shape);
        Assert.Equal(new Shape(1, 4, 4), Load("#4").Shape);
        Assert.Contains("has the word '4x' behind its #", Refusal("#4x"), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeDecodedIsNamedAndCountedOrLeftOut()
    {
        Pictures.WriteClasses(_folder["set"], each: 3);
        File.WriteAllText(_folder["set/above/text.jpg"], "no image");
        File.WriteAllBytes(_folder["set/below/half.png"], File.ReadAllBytes(_folder["set/below/01.png"])[..40]);
        File.WriteAllBytes(_folder["set/below/empty.png"], []);
        File.WriteAllText(_folder["set/below/notes.txt"], "passed over");
        var refused = Refusal();
        Assert.Contains("3 of the 9 images in", refused, StringComparison.Ordinal);
        Assert.Contains($"{_folder["set/above/text.jpg"]} (it is neither PNG nor JPEG)", refused, StringComparison.Ordinal);
        Assert.Contains($"{_folder["set/below/empty.png"]} (it is empty)", refused, StringComparison.Ordinal);
        Assert.Contains($"or leave them out: folder:{_folder["set"]}#skip.", refused, StringComparison.Ordinal);
        var data = Load("#skip");
        Assert.Equal(6, data.All!.Count);
        Assert.Contains("3 of 9 images cannot be decoded and were left out", data.Remarks[0], StringComparison.Ordinal);
        Assert.Contains("1 entry that is no PNG or JPEG was passed over", data.Remarks[1], StringComparison.Ordinal);
        Assert.Equal($"folder:{_folder["set"]}#skip", data.Reference!.Data);
    }

    [Fact]
    public void DamageNeverDoesMoreThanRefuse()
    {
        Pictures.Write(_folder["a.png"], 9, 7, 3, (row, column, channel) => row * 20 + column * 9 + channel);
        Pictures.Write(_folder["a.jpg"], 19, 17, 3, (row, column, channel) => row * 9 + column * 9 + channel);
        var pixels = new byte[3 * 9 * 7];
        foreach (var name in (string[])["a.png", "a.jpg"])
        {
            var whole = File.ReadAllBytes(_folder[name]);
            var random = new Random(1);
            for (var i = 0; i < 1000; i++)
            {
                var bytes = (byte[])whole.Clone();
                for (var flips = random.Next(4); flips >= 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                if (i % 3 == 0) Array.Resize(ref bytes, random.Next(bytes.Length));
                File.WriteAllBytes(_folder["b" + name], bytes);
                try
                {
                    ImageReader.Read(_folder["b" + name], bytes, 3, new(9, 7), pixels);
                }
                catch (ConcordException error)
                {
                    Assert.Contains("cannot be decoded", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void FoldersThatAreNoClassesAreRefused()
    {
        Assert.Contains("There is no folder", Refusal(), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["set"]);
        Assert.Contains("has no subfolder, but at least two classes", Refusal(), StringComparison.Ordinal);
        Pictures.Write(_folder["set/a/1.png"], 2, 2, 1, (_, _, _) => 0);
        Assert.Contains("one subfolder, 'a'", Refusal(), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["set/b"]);
        Assert.Contains("The class 'b'", Refusal(), StringComparison.Ordinal);
        Pictures.Write(_folder["set/1.png"], 2, 2, 1, (_, _, _) => 0);
        Assert.Contains("lies in no class's folder", Refusal(), StringComparison.Ordinal);
        Assert.Contains("'folder:' has no path", Assert.Throws<ConcordException>(() => Dataset.Load("folder:")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PartsThatAreGivenStay()
    {
        Pictures.WriteClasses(_folder["set/train"], each: 5);
        Pictures.WriteClasses(_folder["set/test"], each: 2);
        var data = Load();
        Assert.Equal((10, 4), (data.Train.Count, data.Test.Count));
        Assert.Equal(["above", "below"], data.Classes);
    }
}
