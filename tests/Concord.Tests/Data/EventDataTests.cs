using System.IO.Compression;
using System.Numerics;
using System.Text;
using Concord.Data;
using Concord.Data.Events;
using Concord.Data.Formats;
using Concord.Numerics;
using Concord.Spiking;
using PureHDF;

namespace Concord.Tests.Data;

public sealed class EventDataTests : IDisposable
{
    private static readonly double[][] s_times = [[0, 0.25, 0.25, 1.5], [0.125], [0.5, 0.75]];
    private static readonly long[][] s_units = [[3, 1, 0, 1], [2], [0, 0]];
    private static readonly long[] s_labels = [1, 0, 2];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NumbersOfAnyWidthAreRead()
    {
        Read<Half, byte, byte>();
        Read<Half, ushort, ushort>();
        Read<float, short, sbyte>();
        Read<double, uint, short>();
        Read<float, int, uint>();
        Read<double, long, int>();
        Read<Half, sbyte, long>();

        void Read<TTime, TUnit, TLabel>() where TTime : unmanaged, INumber<TTime> where TUnit : unmanaged, INumber<TUnit>
            where TLabel : unmanaged, INumber<TLabel>
        {
            var file = EventFile.Read(Hdf<TTime, TUnit, TLabel>(s_times, s_units, s_labels));
            Assert.Equal((3, 4, 7), (file.Trains.Samples, file.Trains.Neurons, file.Trains.Count));
            Assert.Equal(s_times.SelectMany(times => times), Times(file.Trains));
            Assert.Equal(s_units.SelectMany(units => units.Select(unit => (int)unit)), file.Trains.NeuronsOfEvents.ToArray());
            Assert.Equal(s_labels.Select(label => (int)label), file.Labels);
            Assert.Equal(["0", "1", "2"], file.Classes);
            Assert.Empty(file.Remarks);
        }
    }

    [Fact]
    public void TheDigitsAreFoundByNameInAFolderOfTheDataRoot()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "shd"));
        Hdf<Half, ushort, ushort>(s_times, s_units, s_labels, "shd/shd_train.h5", keys: ["zero", "one", "two"]);
        var test = Hdf<Half, ushort, ushort>(s_times[1..], s_units[1..], [1, 0], "test.h5", keys: ["zero", "one", "two"]);
        using (var packed = new GZipStream(File.Create(Path.Combine(_folder.Path, "shd/shd_test.h5.gz")), CompressionLevel.Fastest))
            packed.Write(File.ReadAllBytes(test));
        var data = DataSource.Load("shd", [_folder.Path]);
        Assert.Equal((3, 2, new Shape(700)), (data.Train.Count, data.Test.Count, data.Shape));
        Assert.Equal(["zero", "one", "two"], data.Classes);
        Assert.Equal(1.5, data.Train.LastEvent());
        Assert.Equal(0.75, data.Test.LastEvent());
        Assert.Contains("3 training and 2 test samples of 700 neurons' spikes in 3 classes", data.ToString(), StringComparison.Ordinal);

        Hdf<Half, ushort, ushort>(s_times, s_units, s_labels, "shd/shd_train.h5", keys: ["zero", "one", "three"]);
        Assert.Contains("do not belong together", DataFiles.Refusal(() => DataSource.Load("shd", [_folder.Path])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void SpikesThatCoarseTimesPutTogetherAreLeftOutAndCounted()
    {
        double[][] times = [[0.25, 0.25, 0.25, 0.5], [0.5]];
        long[][] units = [[1, 0, 1, 1], [0]];
        var file = EventFile.Read(Hdf<Half, ushort, byte>(times, units, [0, 1]));
        Assert.Equal([0.25, 0.25, 0.5, 0.5], Times(file.Trains));
        Assert.Contains("1 of 5", Assert.Single(file.Remarks), StringComparison.Ordinal);
        var data = Dataset.FromEvents(Hdf<Half, ushort, byte>([.. times, .. times, .. times], [.. units, .. units, .. units],
            [0, 1, 1, 0, 0, 1], "again.h5"));
        Assert.Contains(data.Notes(), note => note.Contains("3 of 15", StringComparison.Ordinal));
        Assert.Contains("has two events of neuron 1 at 0.25 s",
            DataFiles.Refusal(() => EventFile.Read(Hdf<float, ushort, byte>(times, units, [0, 1]))), StringComparison.Ordinal);
    }

    [Fact]
    public void BadEventsAreRefusedByFileSampleAndReason()
    {
        Refused("is not in the order of time", [[0, 0.5, 0.25]], [[0, 1, 2]]);
        Refused("at -0.25 s", [[-0.25]], [[0]]);
        Refused("at NaN s", [[double.NaN]], [[0]]);
        Refused("at Infinity s", [[double.PositiveInfinity]], [[0]]);
        Refused("at 1E+300 s; times are finite numbers of seconds from 0 to 3.4E+38", [[1e300]], [[0]]);
        Refused("which are one time in single precision", [[0.1, 0.100000001]], [[0, 0]]);
        Refused("of neuron -1;", [[0.5]], [[-1]]);
        Refused("of neuron 700; there are neurons 0 to 699", [[0.5]], [[700]], neurons: 700);
        Refused("has no events", [[]], [[]]);
        Refused("2 times and 1 units", [[0, 1]], [[0]]);
        Refused("neurons are numbered from 0", [[0.5]], [[1L << 40]]);
        Refused("the label of sample 0 is -1", [[0.5]], [[0]], labels: [-1]);
        Refused("1 samples in spikes/times, 1 in spikes/units and 2 in labels", [[0.5]], [[0]], labels: [0, 1]);

        void Refused(string why, double[][] times, long[][] units, long[]? labels = null, int? neurons = null)
        {
            var path = Hdf<double, long, long>(times, units, labels ?? [0]);
            var message = DataFiles.Refusal(() => EventFile.Read(path, neurons));
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains(why, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FilesOfAnotherLayoutAreRefused()
    {
        Refused("has no data set 'spikes/times'", new() { ["labels"] = s_labels });
        Refused("has no data set 'labels'", new() { ["spikes"] = new H5Group { ["times"] = s_times, ["units"] = s_units } });
        Refused("has no samples", new()
            {
                ["spikes"] = new H5Group { ["times"] = Array.Empty<double[]>(), ["units"] = Array.Empty<long[]>() },
                ["labels"] = Array.Empty<long>(),
            });
        Refused("floating-point numbers", new()
            { ["spikes"] = new H5Group { ["times"] = s_units, ["units"] = s_units }, ["labels"] = s_labels });
        Refused("a list of whole numbers", new()
            { ["spikes"] = new H5Group { ["times"] = s_times, ["units"] = s_labels }, ["labels"] = s_labels });
        Refused("has 2 axes", new()
            { ["spikes"] = new H5Group { ["times"] = new double[3, 2], ["units"] = s_units }, ["labels"] = s_labels });
        Refused("names 1 classes", new()
        {
            ["spikes"] = new H5Group { ["times"] = s_times, ["units"] = s_units }, ["labels"] = s_labels,
            ["extra"] = new H5Group { ["keys"] = (string[])["zero"] },
        });
        var png = _folder.Write("image.h5", [0x89, .. "PNG\r\n"u8]);
        Assert.Contains("a PNG image", DataFiles.Refusal(() => EventFile.Read(png)), StringComparison.Ordinal);
        Assert.Contains("does not exist", DataFiles.Refusal(() => Dataset.Load("events:none.h5")), StringComparison.Ordinal);
        Assert.Contains("has no path", DataFiles.Refusal(() => Dataset.Load("events:")), StringComparison.Ordinal);

        void Refused(string why, H5File file)
        {
            var path = Path.Combine(_folder.Path, "other.h5");
            file.Write(path);
            Assert.Contains(why, DataFiles.Refusal(() => EventFile.Read(path)), StringComparison.Ordinal);
        }
    }

    /// <summary>A file cut anywhere, or with a byte changed, is refused by name or read: nothing else comes out of it.</summary>
    [Fact]
    public void DamagedFilesAreRefusedByName()
    {
        var bytes = File.ReadAllBytes(Hdf<Half, ushort, ushort>(s_times, s_units, s_labels));
        for (var length = 0; length < bytes.Length; length += 97)
        {
            var cut = _folder.Write("cut.h5", bytes[..length]);
            Assert.Contains(cut, DataFiles.Refusal(() => EventFile.Read(cut)), StringComparison.Ordinal);
        }
        var stream = RandomStream.FromSeed(Kit.Seed);
        for (ulong draw = 0; draw < 300; draw += 2)
        {
            var damaged = bytes.ToArray();
            damaged[stream.Below(draw, damaged.Length)] ^= (byte)(1 + stream.Below(draw + 1, 255));
            var path = _folder.Write("damaged.h5", damaged);
            if (Record.Exception(() => EventFile.Read(path)) is not { } error) continue;
            Assert.IsType<ConcordException>(error);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("end,3,4\n")]
    [InlineData("end,3,4")]
    public void TextIsReadWithItsLabels(string end)
    {
        var file = EventFile.Read(Csv($"0,cat,0,3\n0,cat,0.25,1\n1,dog,0.5,0\n2,cat,0.125,2\n{end}"));
        Assert.Equal([0, 0.25, 0.5, 0.125], Times(file.Trains));
        Assert.Equal((int[])[3, 1, 0, 2], file.Trains.NeuronsOfEvents.ToArray());
        Assert.Equal((int[])[0, 2, 3, 4], file.Trains.Offsets.ToArray());
        Assert.Equal(["cat", "dog"], file.Classes);
        Assert.Equal([0, 1, 0], file.Labels);
        Assert.Equal(4, file.Trains.Neurons);
    }

    [Theory]
    [InlineData("0,cat,0.5\n", "line 2: '0,cat,0.5' is not sample,label,time,neuron")]
    [InlineData("0,cat,0,1\n0,cat,0.5,", "If it is the last line, the file may be cut short")]
    [InlineData("0,cat,0,1\n0,dog,1,1\n", "line 3: sample 0 has the label 'dog', and 'cat'")]
    [InlineData("1,cat,0,1\n", "line 2: an event of sample 1 was found where one of sample 0 was expected")]
    [InlineData("0,cat,0,1\n2,dog,0,1\n", "line 3: an event of sample 2 was found where one of sample 0 or 1 was expected")]
    [InlineData("0,cat,0,1\n1,cat,0,1\n0,cat,1,1\n", "line 4: an event of sample 0 was found")]
    [InlineData("0,,0,1\n", "the label 'label' is missing")]
    [InlineData("0,cat,0.5,1\n0,cat,0.25,1\n", "Sample 0 of the spike trains is not in the order of time")]
    [InlineData("0,cat,nan,1\n", "at NaN s")]
    [InlineData("0,cat,-1,1\n", "at -1 s")]
    [InlineData("0,cat,0,-1\n", "of neuron -1;")]
    [InlineData("0,cat,0,1048576\n", "has an event of neuron 1048576")]
    [InlineData("0,cat,0,1\n0,cat,0,1\n", "has two events of neuron 1 at 0 s")]
    [InlineData("0,cat,1e300,1\n", "at 1E+300 s; times are finite numbers of seconds from 0 to 3.4E+38")]
    [InlineData("0,cat,0.1,1\n0,cat,0.100000001,1\n", "which are one time in single precision")]
    [InlineData("0,cat,0,1\n0,cat,0.5,1", "the last line has no line end, so it may be cut short")]
    [InlineData("0,cat,0,1\nend,2,1\n", "2 samples with 1 events stand before it, but 1 with 1 do")]
    [InlineData("0,cat,0,1\nend,1,2", "1 samples with 2 events stand before it")]
    [InlineData("0,cat,0,1\nend,1,1\n1,cat,0,1\n", "line 4: '1,cat,0,1' comes after the line 'end,...'")]
    [InlineData("0,cat,0,1\nend,1\n", "line 3: 'end,1' is not sample,label,time,neuron")]
    [InlineData("", "has a header, but no events")]
    public void BadTextIsRefusedByFileAndLine(string text, string why)
    {
        var path = Csv(text);
        var message = DataFiles.Refusal(() => EventFile.Read(path));
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherHeaderIsRefused()
    {
        var path = _folder.Write("events.csv", "sample,time,neuron\n0,0,1\n"u8.ToArray());
        Assert.Contains("'sample,time,neuron', but the header sample,label,time,neuron", DataFiles.Refusal(() => EventFile.Read(path)),
            StringComparison.Ordinal);
        path = _folder.Write("empty.csv", []);
        Assert.Contains("begins with ''", DataFiles.Refusal(() => EventFile.Read(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void ViewsOfSpikeTrainsLoadTheirOwnSamples()
    {
        var data = Dataset.Load($"events:{Csv(Many(50))}");
        Assert.Equal((40, 10), (data.Train.Count, data.Test.Count));
        Assert.Equal($"events:{Path.Combine(_folder.Path, "events.csv")}", data.Reference?.Data);
        foreach (var part in (Samples[])[data.Train, data.Test, data.Train.First(7), data.All!])
            foreach (var precision in (ElementType[])[ElementType.Single, ElementType.Double])
            {
                var batch = new SpikeTrains(3, precision);
                int[] rows = [part.Count - 1, 0, 3];
                part.LoadEvents(rows, batch);
                part.LoadEvents(rows, batch);   // a second batch takes the first one's place
                Assert.Equal(3, batch.Samples);
                for (var i = 0; i < rows.Length; i++)
                {
                    var sample = part.Rows[rows[i]];   // its first spike is at 0.5 sample ms, of neuron sample mod 3
                    Assert.Equal(2, batch.CountOf(i));
                    Assert.Equal(0.0005 * sample, batch.Times[batch.Offsets[i]], 1e-8);
                    Assert.Equal(sample % 3, batch.NeuronsOfEvents[batch.Offsets[i]]);
                }
            }
        Assert.Throws<ArgumentException>(() => data.Train.LoadEvents([0], new SpikeTrains(4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Train.LoadEvents([40], new SpikeTrains(3)));
        Assert.Throws<InvalidOperationException>(() => Dataset.YinYang(10, 10).Train.LoadEvents([0], new SpikeTrains(4)));
    }

    [Fact]
    public void AWarmBatchAllocatesNothing()
    {
        var samples = Dataset.Load($"events:{Csv(Many(50))}").Train;
        var batch = new SpikeTrains(3);
        int[] rows = [5, 1, 30];
        samples.LoadEvents(rows, batch);
        Assert.Equal(0, Allocation.Of(() => samples.LoadEvents(rows, batch)));
    }

    [Fact]
    public void TheFingerprintSeesTimesNeuronsAndWhereSamplesEnd()
    {
        HashSet<string> hashes = [];
        foreach (var text in (string[])["0,a,0,0\n0,a,1,1\n1,b,0,0\n", "0,a,0,0\n0,a,1,0\n1,b,0,0\n", "0,a,0,0\n0,a,2,1\n1,b,0,0\n",
            "0,a,0,0\n1,b,0,0\n1,b,1,1\n"])
        {
            var file = EventFile.Read(Csv(text));
            Assert.True(hashes.Add(DataHashes.Of(new Samples(file.Trains, file.Labels, 2)).Samples), text);
        }
    }

    [Fact]
    public void SpikesAreNotNormalisedAndWhiteningIsRefused()
    {
        var name = $"events:{Csv(Many(50))}";
        var split = Dataset.Load(name).Split(5, RandomStream.FromSeed(0));
        Assert.Contains("no values to be whitened", DataFiles.Refusal(() => FittedNormalization.Fit(split, NormalizationKind.Zca, 0.1)),
            StringComparison.Ordinal);
        Assert.Equal([0, 0, 0], FittedNormalization.Fit(split, NormalizationKind.MeanStd, 0.1).Normalization.Offset.ToArray());
        Assert.Equal([1, 1, 1], FittedNormalization.Fit(split, NormalizationKind.UnitRange, 0.1).Normalization.Scale.ToArray());
    }

    private static string Many(int samples) => string.Concat(Enumerable.Range(0, samples).Select(sample =>
    {
        var label = sample / 2 % 2 == 0 ? "even" : "odd";
        return FormattableString.Invariant($"{sample},{label},{0.0005 * sample},{sample % 3}\n{sample},{label},1,0\n");
    }));

    private static IEnumerable<double> Times(SpikeTrains trains) => Enumerable.Range(0, trains.Count).Select(e => trains.Times[e]);

    private string Csv(string lines) => _folder.Write("events.csv", Encoding.UTF8.GetBytes($"sample,label,time,neuron\n{lines}"));

    private string Hdf<TTime, TUnit, TLabel>(double[][] times, long[][] units, long[] labels, string name = "events.h5",
        string[]? keys = null)
        where TTime : unmanaged, INumber<TTime> where TUnit : unmanaged, INumber<TUnit> where TLabel : unmanaged, INumber<TLabel>
    {
        var path = Path.Combine(_folder.Path, name);
        var file = new H5File
        {
            ["spikes"] = new H5Group
            {
                ["times"] = Array.ConvertAll(times, list => Array.ConvertAll(list, TTime.CreateSaturating)),
                ["units"] = Array.ConvertAll(units, list => Array.ConvertAll(list, TUnit.CreateSaturating)),
            },
            ["labels"] = Array.ConvertAll(labels, TLabel.CreateSaturating),
        };
        if (keys is not null) file["extra"] = new H5Group { ["keys"] = keys };
        file.Write(path);
        return path;
    }
}
