using Concord.Data.Events;
using Concord.Data.Formats;
using Concord.Data.Glyphs;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>Labelled samples for training and for the final test, and where they came from.</summary>
public sealed class Dataset
{
    /// <summary>How many training and test samples <see cref="Glyphs"/> has by default.</summary>
    private const int GlyphTrain = 9000, GlyphTest = 2000, GlyphSeed = 1;
    private const double UsualTestFraction = 0.2;
    /// <summary>The most samples that are taken from those for training to choose by, where nobody says how many: else a tenth.</summary>
    public const int MostUsualValidation = 5000;

    private readonly Lazy<DataHashes> _hashes;

    internal Dataset(string name, Samples train, Samples test, IReadOnlyList<string> classes, string origin, Verification verification)
    {
        if (train.Shape != test.Shape || train.Classes != test.Classes || train.Classes != classes.Count
            || train.HasClasses != test.HasClasses)
            throw new ConcordException($"The parts of '{name}' do not belong together: {train} for training, {test} for the test, "
                + $"{classes.Count} class names.");
        if (train.Count == 0 || test.Count == 0) throw new ConcordException(
            $"'{name}' has {train.Count} training and {test.Count} test samples, but at least one of each was expected.");
        if (train.HasClasses && train.Labels.IndexOfAnyExcept(train.Labels[0]) < 0)
            throw new ConcordException($"'{name}': every training sample has the {(train.Columns?.Label is { } column
                ? $"label '{classes[train.Labels[0]]}' in column '{column}'" : $"class '{classes[train.Labels[0]]}'")}, "
                + $"but at least two classes were expected. {(train.Columns?.Label is null ? "Add samples of another class."
                    : $"Add samples of another class, or name the column that is the label: {CsvReader.Naming}.")}");
        Name = name;
        Train = train;
        Test = test;
        Classes = classes;
        Origin = origin;
        Verification = verification;
        UsualValidation = Math.Min(MostUsualValidation, train.Count / 10);
        _hashes = new(() => DataHashes.Of(Train, Test));
    }

    /// <summary>Its name, as in <c>mnist</c>.</summary>
    public string Name { get; }

    /// <summary>One sample's axes: <c>[channels, height, width]</c>, or <c>[features]</c>.</summary>
    public Shape Shape => Train.Shape;

    /// <summary>
    /// The classes' names, or their numbers where they have none; of real targets (<see cref="Samples.HasClasses"/>), the numbers of the
    /// outputs.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>
    /// The columns of the table that the samples come from; null where they have no names and nothing was taken out of them.
    /// </summary>
    public TableColumns? Columns => Train.Columns;

    /// <summary>Samples to train on; validation samples are taken out of them (<see cref="Split"/>).</summary>
    public Samples Train { get; }

    /// <summary>Samples to be scored once, at the end.</summary>
    public Samples Test { get; }

    /// <summary>The folder or file, or how the samples were made.</summary>
    public string Origin { get; }

    /// <summary>Whether these are the data that the name stands for.</summary>
    public Verification Verification { get; }

    /// <summary>How it is read again, from any folder; null for data that were made in code.</summary>
    internal DataReference? Reference { get; set; }

    /// <summary>All samples in their own order, where training and test part were drawn from them; else null.</summary>
    internal Samples? All { get; init; }

    /// <summary>What was odd about the files, a line each.</summary>
    internal IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>How many of the training samples a run holds back for validation where it does not say.</summary>
    internal int UsualValidation { get; private set; }

    /// <summary>Hashes of all samples, taken at first use.</summary>
    internal DataHashes Hashes => _hashes.Value;

    /// <summary>
    /// A data set by name: one of <see cref="DataSource.All"/>, any folder of four IDX files under a data root, or <c>csv:PATH</c>
    /// or <c>csv:PATH#COLUMN</c> for a table (see <see cref="FromCsv"/>), or <c>events:PATH</c> for spikes (see <see cref="FromEvents"/>).
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="dataRoot">The folder that has the data set's folder in it; searched before the usual ones
    /// (<see cref="DataSource.Roots(string?)"/>).</param>
    /// <exception cref="ConcordException">There is none of that name, its files are not found, or they are damaged.</exception>
    public static Dataset Load(string name, string? dataRoot = null) => DataSource.Load(name, DataSource.CheckedRoots(dataRoot));

    /// <summary>
    /// Ten classes of drawn signs in 28x28 grey pixels: turned, scaled, sheared, bent and shifted, in pens of all widths, under noise. They
    /// are generated: the same bytes on every machine, with no file needed.
    /// </summary>
    /// <param name="train">Training samples.</param>
    /// <param name="test">Test samples.</param>
    /// <param name="seed">Another seed gives other samples of the same kind.</param>
    /// <exception cref="ConcordException">A number is not positive or more than memory holds.</exception>
    public static Dataset Glyphs(int train = GlyphTrain, int test = GlyphTest, long seed = GlyphSeed) =>
        Generated("glyphs", GlyphSet.Generate, GlyphStrokes.Names, GlyphSet.Most, (train, test, seed), (GlyphTrain, GlyphTest, GlyphSeed));

    /// <summary>
    /// Points of the yin-yang sign (Kriener, Göltz and Petrovici 2021): in the disc of radius 0.5 around (0.5, 0.5), given as x, y, 1 - x,
    /// 1 - y. The discs of radius 0.1 around (0.25, 0.5) and (0.75, 0.5) are the class <c>dot</c>; half circles of radius 0.25 around the
    /// same points part the rest into <c>yin</c> and <c>yang</c>. Classes are equally likely. The points are generated: the same bytes on
    /// every machine, with no file needed.
    /// </summary>
    /// <param name="train">Training samples, of which a run takes 1,000 for validation by default.</param>
    /// <param name="test">Test samples.</param>
    /// <param name="seed">Another seed gives other points.</param>
    /// <exception cref="ConcordException">A number is not positive or more than memory holds.</exception>
    public static Dataset YinYang(int train = YinYangSet.Train, int test = YinYangSet.Test, long seed = YinYangSet.Seed)
    {
        var data = Generated(YinYangSet.Name, YinYangSet.Generate, YinYangSet.Classes, YinYangSet.Most, (train, test, seed),
            (YinYangSet.Train, YinYangSet.Test, YinYangSet.Seed));
        if (train > YinYangSet.Validation) data.UsualValidation = YinYangSet.Validation;
        return data;
    }

    /// <summary>
    /// Five postures of a dog as an accelerometer at its collar would see them: made up, and no recording. A sample is the mean of six
    /// channels over two seconds, +x, -x, +y, -y, +z and -z, from 0 to 1 (2 g); the classes are <c>standing</c>, <c>sitting</c>,
    /// <c>side</c>, <c>belly</c> and <c>walking</c>, equally likely. They are generated: the same bytes on every machine, with no file
    /// needed.
    /// </summary>
    /// <param name="train">Training samples, of which a run takes 1,000 for validation by default.</param>
    /// <param name="test">Test samples.</param>
    /// <param name="seed">Another seed gives other samples of the same kind.</param>
    /// <exception cref="ConcordException">A number is not positive or more than memory holds.</exception>
    public static Dataset Postures(int train = PosturesSet.Train, int test = PosturesSet.Test, long seed = PosturesSet.Seed)
    {
        var data = Generated(PosturesSet.Name, PosturesSet.Generate, PosturesSet.Classes, PosturesSet.Most, (train, test, seed),
            (PosturesSet.Train, PosturesSet.Test, PosturesSet.Seed));
        if (train > PosturesSet.Validation) data.UsualValidation = PosturesSet.Validation;
        return data;
    }

    /// <summary>
    /// What a random network, the teacher, makes of Gaussian inputs (Refinetti, d'Ascoli, Ohana and Goldt 2021): targets
    /// t = V tanh(W x), real numbers in the place of classes, without noise. They are generated, with no file needed.
    /// </summary>
    /// <param name="train">Training samples.</param>
    /// <param name="test">Test samples.</param>
    /// <param name="seed">Another seed gives another teacher and other samples.</param>
    /// <param name="inputs">Elements of x, each N(0, 1).</param>
    /// <param name="hidden">The teacher's hidden units; W is N(0, 1/inputs), V N(0, 1/hidden).</param>
    /// <param name="outputs">How many targets a sample has.</param>
    /// <exception cref="ConcordException">A number is not positive or more than memory holds.</exception>
    public static Dataset TeacherStudent(int train = TeacherStudentSet.Train, int test = TeacherStudentSet.Test,
        long seed = TeacherStudentSet.Seed, int inputs = TeacherStudentSet.Inputs, int hidden = TeacherStudentSet.Hidden,
        int outputs = TeacherStudentSet.Outputs)
    {
        if (inputs < 1 || hidden < 1 || outputs < 1)
            throw new ConcordException(FormattableString.Invariant($"A teacher of {inputs} inputs, {hidden} hidden units and {outputs} ")
                + "outputs was asked for; it has at least one of each.");
        CheckParts(TeacherStudentSet.Name, (train, test), Array.MaxLength / Math.Max(inputs, outputs));
        var isUsual = (train, test, seed, inputs, hidden, outputs) == (TeacherStudentSet.Train, TeacherStudentSet.Test,
            TeacherStudentSet.Seed, TeacherStudentSet.Inputs, TeacherStudentSet.Hidden, TeacherStudentSet.Outputs);
        Samples Part(string name, int count) => TeacherStudentSet.Generate(seed, name, count, inputs, hidden, outputs);
        return new(TeacherStudentSet.Name, Part("train", train), Part("test", test), OwnData.Numbered(outputs),
            FormattableString.Invariant($"generated from seed {seed}"), Verification.WithoutFiles(
                FormattableString.Invariant($"generated; a tanh network {inputs}-{hidden}-{outputs} of random weights gives the targets")))
        {
            Reference = isUsual ? new(TeacherStudentSet.Name, null) : null,
        };
    }

    /// <summary>
    /// The toy task of BATS (Bacho and Chu): spike trains of four neurons in two classes, which differ in which of two neurons fires first.
    /// There are 100 training samples, the two patterns in turns, and each of them once for the test.
    /// </summary>
    public static Dataset SpikeOrder() => new(SpikeOrderSet.Name, SpikeOrderSet.Samples(SpikeOrderSet.Train),
        SpikeOrderSet.Samples(SpikeOrderSet.Test), SpikeOrderSet.Classes, "two patterns in turns",
        Verification.WithoutFiles("built in, and always the same")) { Reference = new(SpikeOrderSet.Name, null) };

    /// <summary>Your own data: one row per sample, of which a part, drawn by the seed, is set aside for the test.</summary>
    /// <param name="inputs">Samples x features, finite.</param>
    /// <param name="labels">One class number per sample, from 0.</param>
    /// <param name="testFraction">The part set aside, between 0 and 1.</param>
    /// <param name="seed">Decides which.</param>
    /// <param name="classes">The classes' names; by default as many numbers as the labels need.</param>
    /// <param name="shape">One sample's axes, for instance <c>new Shape(1, 8, 8)</c> for images; by default <c>[features]</c>.</param>
    /// <param name="name">What to call it.</param>
    /// <exception cref="ConcordException">Lengths disagree, a number is not finite, or a label is out of range.</exception>
    public static Dataset From(float[,] inputs, int[] labels, double testFraction = UsualTestFraction, long seed = 0,
        IReadOnlyList<string>? classes = null, Shape? shape = null, string name = "own data")
    {
        classes ??= OwnData.Numbered(OwnData.ClassCount(labels));
        return OwnData.Parted(OwnData.Samples(inputs, labels, classes.Count, shape), testFraction, seed, classes, name, "given as arrays");
    }

    /// <summary>Your own data, with a test part of your choice.</summary>
    /// <param name="trainInputs">Samples x features, finite.</param>
    /// <param name="trainLabels">One class number per sample, from 0.</param>
    /// <param name="testInputs">The same for the test.</param>
    /// <param name="testLabels">The same for the test.</param>
    /// <param name="classes">The classes' names; by default as many numbers as the labels need.</param>
    /// <param name="shape">One sample's axes; by default <c>[features]</c>.</param>
    /// <param name="name">What to call it.</param>
    /// <exception cref="ConcordException">Lengths disagree, a number is not finite, or a label is out of range.</exception>
    public static Dataset From(float[,] trainInputs, int[] trainLabels, float[,] testInputs, int[] testLabels,
        IReadOnlyList<string>? classes = null, Shape? shape = null, string name = "own data")
    {
        classes ??= OwnData.Numbered(Math.Max(OwnData.ClassCount(trainLabels), OwnData.ClassCount(testLabels)));
        var train = OwnData.Samples(trainInputs, trainLabels, classes.Count, shape);
        var test = OwnData.Samples(testInputs, testLabels, classes.Count, shape, train);
        return new(name, train, test, classes, "given as arrays", OwnData.Verification);
    }

    /// <summary>
    /// A table of comma-separated values: one column is the label, all others are finite numbers with a decimal point. Labels may be names
    /// (classes in ordinal order) or numbers (a class per number, however it is written, in numerical order). The first line has the
    /// columns' names; if all that stands in it is numbers, it is a sample, and the columns are called 1, 2, 3, ...
    /// </summary>
    /// <param name="path">The file, plain or packed with gzip.</param>
    /// <param name="label">The label's column; by default one called label, class, target or y, in whatever case, else the last.</param>
    /// <param name="testFraction">The part set aside for the test, between 0 and 1.</param>
    /// <param name="seed">Decides which.</param>
    /// <param name="shape">One sample's axes; by default <c>[features]</c>.</param>
    /// <exception cref="ConcordException">The file is not such a table.</exception>
    public static Dataset FromCsv(string path, string? label = null, double testFraction = UsualTestFraction, long seed = 0,
        Shape? shape = null)
    {
        var table = CsvReader.Read(() => ContentStream.Open(path), label,
            together: shape is { Rank: 3, Length: > 0 } image ? image.Length / image[0] : 1);
        var samples = new Samples(OwnData.CheckedShape(shape, table.Columns.Features.Count), table.Features, table.Labels,
            table.Classes.Length) { Columns = table.Columns };
        return OwnData.Parted(samples, testFraction, seed, table.Classes, Path.GetFileNameWithoutExtension(path), path,
            DataReference.OfCsv(path, label, isUsual: (testFraction, seed, shape) == (UsualTestFraction, 0, null)));
    }

    /// <summary>A data set of another library's, which read its samples from files.</summary>
    /// <param name="all">All samples.</param>
    /// <param name="isTest">Which of them are for the test; null to draw them as of a table.</param>
    /// <param name="classes">The classes' names.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="origin">Where it lay.</param>
    /// <param name="reference">The name that it is read again by.</param>
    /// <param name="remarks">What is odd about it, a line each.</param>
    /// <exception cref="ConcordException">A part is empty.</exception>
    internal static Dataset OfFiles(Samples all, bool[]? isTest, IReadOnlyList<string> classes, string name, string origin,
        string reference, IReadOnlyList<string> remarks)
    {
        if (isTest is null)
            return OwnData.Parted(all, UsualTestFraction, 0, classes, name, origin, new(reference, null), remarks);
        int[] Rows(bool test) => [.. Enumerable.Range(0, isTest.Length).Where(i => isTest[i] == test)];
        return new(name, all.Subset(Rows(false)), all.Subset(Rows(true)), classes, origin, OwnData.Verification)
            { Reference = new(reference, null), Remarks = remarks };
    }

    /// <summary>
    /// Labelled spike trains: an HDF5 file in the layout of the Spiking Heidelberg Digits (<c>spikes/times</c>, <c>spikes/units</c>,
    /// <c>labels</c>, <c>extra/keys</c> if the classes have names), or comma-separated text with the header
    /// <c>sample,label,time,neuron</c>. Times are seconds from 0 on, each sample's in order; neurons are numbered from 0.
    /// </summary>
    /// <param name="path">The file, plain or packed with gzip.</param>
    /// <param name="testFraction">The part set aside for the test, between 0 and 1.</param>
    /// <param name="seed">Decides which.</param>
    /// <exception cref="ConcordException">The file is none of these, or an event is refused.</exception>
    public static Dataset FromEvents(string path, double testFraction = UsualTestFraction, long seed = 0)
    {
        var file = EventFile.Read(path);
        return OwnData.Parted(new(file.Trains, file.Labels, file.Classes.Count), testFraction, seed, file.Classes,
            Path.GetFileName(path).Split('.')[0], path,
            DataReference.OfEvents(path, isUsual: (testFraction, seed) == (UsualTestFraction, 0)), file.Remarks);
    }

    /// <summary>
    /// Draws validation samples, and as many training samples as wanted, out of <see cref="Train"/>; the rest of it is left out. The
    /// validation samples do not depend on how many training samples are drawn.
    /// </summary>
    /// <param name="validation">How many validation samples; may be 0.</param>
    /// <param name="stream">Decides which.</param>
    /// <param name="train">How many training samples; by default all that are left.</param>
    /// <param name="test">How many test samples, the first ones; by default all.</param>
    /// <exception cref="ConcordException">There are not so many.</exception>
    public DataSplit Split(int validation, RandomStream stream, int? train = null, int? test = null)
    {
        var wanted = train ?? Math.Max(1, Train.Count - validation);
        if (validation < 0 || wanted < 1 || (long)validation + wanted > Train.Count)
            throw new ConcordException($"'{Name}' has {Train.Count} training samples; "
                + $"{wanted} for training and {validation} for validation cannot be taken from them.");
        if (test is < 1 || test > Test.Count)
            throw new ConcordException($"'{Name}' has {Test.Count} test samples, but {test} were asked for.");
        var rows = Samples.Ascending(Train.Count);
        stream.Shuffle(rows.AsSpan());
        Array.Sort(rows, 0, validation);   // rows in the order they lie in memory are read faster
        Array.Sort(rows, validation, wanted);
        return new(
            wanted == Train.Count ? Train : Train.Subset(rows.AsSpan(validation, wanted)),
            Train.Subset(rows.AsSpan(0, validation)),
            Test.First(test ?? Test.Count))
        {
            Origin = this,
        };
    }

    /// <summary>
    /// What is odd about the data though they can be used, a line each: classes without samples, what was taken out of columns.
    /// </summary>
    /// <param name="split">The parts that are used; null for the whole set.</param>
    public IReadOnlyList<string> Notes(DataSplit? split = null) => DataNotes.Of(this, split);

    /// <summary>How many samples of each class there are, for training and for the test together.</summary>
    public IReadOnlyList<int> ClassCounts() => [.. Train.ClassCounts().Zip(Test.ClassCounts(), (train, test) => train + test)];

    private static Dataset Generated(string name, Func<long, string, int, (Samples Samples, FileHash Hash)> generate,
        IReadOnlyList<string> classes, int most, (int Train, int Test, long Seed) wanted, (int Train, int Test, long Seed) usual)
    {
        CheckParts(name, (wanted.Train, wanted.Test), most);
        var (train, trainHash) = generate(wanted.Seed, "train", wanted.Train);
        var (test, testHash) = generate(wanted.Seed, "test", wanted.Test);
        var verification = wanted == usual ? Verification.OfGenerated(name, [trainHash, testHash])
            : Verification.WithoutFiles($"generated; only seed {usual.Seed} with {usual.Train} and {usual.Test} samples is pinned");
        return new(name, train, test, classes, $"generated from seed {wanted.Seed}", verification)
        {
            Reference = wanted == usual ? new(name, null) : null,
        };
    }

    private static void CheckParts(string name, (int Train, int Test) wanted, int most)
    {
        if (wanted.Train < 1 || wanted.Test < 1 || Math.Max(wanted.Train, wanted.Test) > most)
            throw new ConcordException($"{name} can be generated with 1 to {ContentStream.N(most)} samples per part, "
                + $"but {wanted.Train} training and {wanted.Test} test samples were asked for.");
    }

    /// <summary>
    /// Sizes, shape, classes, origin and verdict, on one line; of a table also the label's column,
    /// the features and the samples of each class.
    /// </summary>
    public override string ToString() => Columns is { Label: not null } columns
        ? $"{Name}: {Train.Count} training and {Test.Count} test samples of "
            + $"{(Shape.Rank == 1 ? $"{Shape} feature{(Shape.Length == 1 ? "" : "s")}" : Shape)} ({CsvReader.Listed(columns.Features)}), "
            + $"label column '{columns.Label}' of {Classes.Count} classes ({DataNotes.Counts(this)}), {Origin} ({Verification})"
        : $"{Name}: {Train.Count} training and {Test.Count} test samples of {Shape}{(Train.AreEvents ? " neurons' spikes" : "")} "
            + $"{Train.Answers}, {Origin} ({Verification})";
}
