using System.Globalization;
using System.Text;
using Concord.Data;
using Concord.Data.Formats;
using Concord.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Data;

public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CsvReader.Table Read(string text, string? label = null, TableColumns? like = null) =>
        CsvReader.Read(() => ContentStream.FromBytes(Encoding.UTF8.GetBytes(text), "table"), label, like);

    [Fact]
    public void TheLastColumnIsTheLabelAndTextClassesAreInOrdinalOrder()
    {
        var table = Read("a,b,kind\n1,2.5,pear\r\n-3e2, .5 ,Apple\n\n7,8,pear");
        Assert.Equal([1, 2.5f, -300, 0.5f, 7, 8], table.Features);
        Assert.Equal(["Apple", "pear"], table.Classes);
        Assert.Equal([1, 0, 1], table.Labels);
    }

    [Fact]
    public void AnyColumnCanBeTheLabelAndNumbersAreInNumericalOrder()
    {
        var table = Read("\uFEFFclass,x\n10,1\n9,2\n10,3\n-1,4\n", "class");
        Assert.Equal([1, 2, 3, 4], table.Features);
        Assert.Equal(["-1", "9", "10"], table.Classes);
        Assert.Equal([2, 1, 2, 0], table.Labels);
    }

    [Fact]
    public void QuotedFieldsHoldCommasQuotesAndLineEnds()
    {
        var table = Read("\"x, y\",\"k\"\"ind\"\n\"1.5\",\"a,\"\"b\"\"\nc\"\n2,\"\"\"\"\n", "k\"ind");
        Assert.Equal([1.5f, 2], table.Features);
        Assert.Equal(["\"", "a,\"b\"\nc"], table.Classes);
    }

    [Fact]
    public void TheMachinesCultureDoesNotMatter()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal([1.5f, 1000], Read("x,k\n1.5,0\n1e3,1\n").Features);
            Assert.Contains("'1,5'", DataFiles.Refusal(() => Read("x,k\n\"1,5\",0\n")), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n\n", "is empty")]
    [InlineData("x,k\n", "has a header, but no rows")]
    [InlineData("x;k\n1;2\n", "two columns separated by commas were expected, but 'x;k' was found. Is it separated by semicolons?")]
    [InlineData("x\tk\n1\t2\n", "separated by tabs?")]
    [InlineData("one word\n", "two columns separated by commas were expected")]
    [InlineData("x,k\n1,2,3\n", "line 2: 3 fields found, 2 expected")]
    [InlineData("x,k\n1,a\n\n2\n", "line 4: 1 field found")]
    [InlineData("x,k\n1,a\n,b\n", "line 3: nothing found in column 'x'")]
    [InlineData("x,k\nNaN,a\n", "line 2: 'NaN' found")]
    [InlineData("x,k\n1e99,a\n", "line 2: '1e99' found in column 'x', but single precision ends at 3.4e38")]
    [InlineData("x,k\n1,\n", "the label 'k' is missing")]
    [InlineData("x,k\n1,2.5\n2,3\n", "the column 'k', taken for the label, holds measurements such as 2.5")]
    [InlineData("x,k\n1,1e-3\n2,3\n", "If this is it, and each number a class, write csv:table#k")]
    [InlineData("target,x\n0.5,1\n0.7,2\n", "the column 'target', taken for the label, holds measurements")]
    [InlineData("x,k\n1,NA\n2,a\n", "line 2: the label 'k' is 'NA', which stands for a missing value")]
    [InlineData("x,k\n1,NaT\n2,a\n", "'NaT', which stands for a missing value")]
    [InlineData("x,k\n1,nAn\n2,a\n", "'nAn', which stands for a missing value")]
    [InlineData("x,k\n1,a\n2,\\N\n", "'\\N', which stands for a missing value")]
    [InlineData("x,k\n1,(NULL)\n2,a\n", "'(NULL)', which stands for a missing value")]
    [InlineData("x,k\n1,??\n2,a\n", "'??', which stands for a missing value")]
    [InlineData("x,k\n1,a\n2,NaN\n", "line 3: the label 'k' is 'NaN'")]
    [InlineData("x,k\n1,a\n2,?\n", "line 3: the label 'k' is '?'")]
    [InlineData("x,k\n1,0\n2,null\n", "line 3: the label 'k' is 'null'")]
    [InlineData("x,k\n1,a\n2,n/a\n", "line 3: the label 'k' is 'n/a'")]
    [InlineData("x,k\n1,a\n2,\"#DIV/0!\"\n", "line 3: the label 'k' is '#DIV/0!'")]
    [InlineData("x,k\n1,0\n2,\" \"\n", "line 3: the label 'k' is missing")]
    [InlineData("x,k\n1,1.0\n2,1\n3,a\n", "the labels '1.0' and '1' in column 'k' are the same number")]
    [InlineData("0,1,2\n4,5,6\n", "the numbers 0, 1, 2 may be a sample or number the columns")]
    [InlineData("1,2\n4,5\n", "the numbers 1, 2 may be a sample or number the columns")]
    [InlineData("10,20,cat\n11,21,dog\n", "line 1: '10' is a number, but a column's name was expected")]
    [InlineData("0,1,cat\n5,6,cat\n7,8,dog\n", "the first line has numbers in it, and 'cat', which is a label further down")]
    [InlineData("5.1,3.5,iris\n1,2,x\n", "'5.1' is a number, but a column's name")]
    [InlineData(",x,k\n0,1,a\n", "column 1 has no name")]
    [InlineData("0,0,k\n0,1,a\n", "'0' is a number, but a column's name was expected")]
    [InlineData("x,x,k\n0,1,a\n", "two columns are called 'x'")]
    [InlineData("x,k\n1,\"a\n2,b\n", "line 2: a quote is opened and never closed")]
    [InlineData("x,k\n1,\"a\"b\n", "text follows a closing quote")]
    public void AWrongTableIsRefusedWithItsLine(string text, string why)
    {
        var message = DataFiles.Refusal(() => Read(text));
        Assert.StartsWith("'table'", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("2024-01-")]
    [InlineData("#")]
    public void TextsOfWhichEachStandsAloneAreQuestionedUnlessTheColumnIsNamed(string start)
    {
        var table = "x,k\n" + string.Concat(Enumerable.Range(0, 40).Select(row => FormattableString.Invariant($"{row},{start}{row}\n")));
        Assert.Contains("holds 40 different texts in 40 rows, as names of rows or dates do", DataFiles.Refusal(() => Read(table)),
            StringComparison.Ordinal);
        Assert.Equal(40, Read(table, "k").Classes.Length);
    }

    [Theory]
    [InlineData("1,a\n2,A\n3,b\n", "These classes differ in capitals only: 'A', 'a'.")]
    [InlineData("1,True\n2,true\n3,FALSE\n", "These classes differ in capitals only: 'True', 'true'.")]
    [InlineData("1,0\n2,1\n3,unknown\n", "Some labels are numbers ('0', '1'), others are not ('unknown').")]
    [InlineData("1,1\n2,inf\n3,-inf\n", "Some labels are numbers ('1'), others are not ('-inf', 'inf').")]
    [InlineData("1,1000\n2,2\n3,\"1,000\"\n", "Some labels are numbers ('1000', '2'), others are not ('1,000').")]
    [InlineData("5,a\n5,b\n5,a\n", "Every column has one value in all rows: there is nothing to learn from.")]
    public void WhatIsOddAboutATableIsNoted(string rows, string note)
    {
        using var folder = new TemporaryFolder();
        var notes = Dataset.FromCsv(
            folder.Write("t.csv", System.Text.Encoding.UTF8.GetBytes("x,k\n" + string.Concat(Enumerable.Repeat(rows, 4))))).Notes();
        Assert.Contains(note, notes);
    }

    [Fact]
    public void ColumnsThatNeverChangeAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("The column 'c' has one value in all rows.",
            Dataset.FromCsv(folder.Write("t.csv", "x,c,k\n1,7,a\n2,7,b\n3,7,a\n4,7,b\n5,7,a\n6,7,b\n"u8.ToArray())).Notes());
        Assert.Contains("2 of 3 columns ('c', 'd') have one value in all rows.",
            Dataset.FromCsv(folder.Write("u.csv", "x,c,d,k\n1,7,0,a\n2,7,0,b\n3,7,0,a\n4,7,0,b\n5,7,0,a\n6,7,0,b\n"u8.ToArray())).Notes());
    }

    [Theory]
    [InlineData("zzzz", "no column 'zzzz'. Its columns are x, kind")]
    [InlineData("knid", "no column 'knid'; did you mean 'kind'? Its columns are x, kind")]
    [InlineData("KIND", "did you mean 'kind'?")]
    public void AMissingColumnIsNamedWithThoseThereAre(string label, string why) =>
        Assert.Contains(why, DataFiles.Refusal(() => Read("x,kind\n1,a\n", label)), StringComparison.Ordinal);

    [Fact]
    public void AMissingHeaderIsNamed()
    {
        const string Rows = "0.5,7,1\n0.25,8,0\n";
        Assert.Contains("no column 'kind': its first line looks like numbers and not like names",
            DataFiles.Refusal(() => Read(Rows, "kind")), StringComparison.Ordinal);
        TableColumns named = new(["a", "b"], "kind", hasHeader: true);
        Assert.Contains("the first line looks like numbers and not like names of columns. The features a, b were expected",
            DataFiles.Refusal(() => Read(Rows, like: named)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("label,a,b", "label")]
    [InlineData("a,Class,b", "Class")]
    [InlineData("TARGET,a,b", "TARGET")]
    [InlineData("y,a,b", "y")]
    [InlineData("y,a,label", "label")]
    [InlineData("y,target,b", "target")]
    [InlineData("labels,a,b", "b")]
    public void WithoutANameAColumnWithAUsualNameIsTheLabelBeforeTheLast(string header, string label) =>
        Assert.Equal(label, Read($"{header}\n0,1,0\n1,0,1\n").Columns.Label);

    [Theory]
    [InlineData("0 0.0 00 +0 -0 1 +1 1.0 01 1e0", "0 1")]
    [InlineData("1.0 2.0 2.0", "1.0 2.0")]
    [InlineData("10 9 1e1 -1", "-1 9 10")]
    [InlineData("9007199254740993 9007199254740992 9007199254740993.0", "9007199254740992 9007199254740993")]
    [InlineData("007 7 Inf", "")]
    [InlineData("inf nano 0", "0 inf nano")]
    public void LabelsThatAreOneNumberAreOneClass(string labels, string classes)
    {
        var text = "x,k\n" + string.Concat(labels.Split(' ').Select(label => $"1,{label}\n"));
        if (classes.Length == 0) DataFiles.Refusal(() => Read(text));
        else Assert.Equal(classes.Split(' '), Read(text).Classes);
    }

    [Theory]
    [InlineData("Na K")]
    [InlineData("none mild")]
    [InlineData("+ -")]
    [InlineData("nano NANA")]
    public void WordsLikeThoseForMissingValuesAreClasses(string labels) =>
        Assert.Equal(2, Read("x,k\n" + string.Concat(labels.Split(' ').Select(label => $"1,{label}\n"))).Classes.Length);

    [Fact]
    public void EachSpellingOfANumberIsThatNumber()
    {
        var numbers =
            from digits in Gen.Choose(0, 9_999_999)
            from exponent in Gen.Choose(-30, 30)
            from zeros in Gen.Choose(0, 3)
            from sign in Gen.Elements("", "+", "-")
            select (Digits: digits.ToString(CultureInfo.InvariantCulture), Exponent: exponent, Zeros: new string('0', zeros), Sign: sign);
        Prop.ForAll(numbers.ToArbitrary(), number =>
        {
            var (digits, exponent, zeros, sign) = number;
            var value = double.Parse(FormattableString.Invariant($"{sign}{digits}e{exponent}"), CultureInfo.InvariantCulture);
            foreach (var text in (string[])
            [
                FormattableString.Invariant($"{sign}{zeros}{digits}{zeros}e{exponent - zeros.Length}"),
                FormattableString.Invariant($"{sign}{digits}.{zeros}E{exponent:+0;-0}"),
                FormattableString.Invariant($"{sign}.{digits}{zeros}e{exponent + digits.Length}"),
                FormattableString.Invariant($"{sign}0.{zeros}{digits}e{exponent + digits.Length + zeros.Length}"),
            ])
            {
                var one = CanonicalNumber.Of(text);
                Assert.NotNull(one);
                Assert.Equal(one, CanonicalNumber.Of(FormattableString.Invariant($"{sign}{digits}e{exponent}")));
                Assert.Equal(one, CanonicalNumber.Of(one));
                Assert.Equal(value, double.Parse(one, CultureInfo.InvariantCulture));
                Assert.Equal(value == Math.Floor(value), CanonicalNumber.IsWhole(one));
            }
        }).Check(Config.QuickThrowOnFailure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1,5")]
    [InlineData("0x1")]
    [InlineData("1 2")]
    [InlineData("1\n")]
    [InlineData("\u0661")]
    public void OtherTextsAreNoNumbers(string text) => Assert.Null(CanonicalNumber.Of(text));

    [Fact]
    public void AColumnThatTheUserNamesMayHoldMeasurements()
    {
        Assert.Equal(["2.5", "3"], Read("x,k\n1,2.5\n2,3\n3,2.50\n4,3\n", "k").Classes);
        var rows = string.Concat(Enumerable.Range(0, 60).Select(n => $"1,{n / 2}\n"));
        Assert.Contains("30 different numbers in 60 rows", DataFiles.Refusal(() => Read("x,k\n" + rows)), StringComparison.Ordinal);
        Assert.Equal(30, Read("x,k\n" + rows, "k").Classes.Length);
    }

    [Theory]
    [InlineData("10,20,0\n11,21,1\n", "3", new[] { 10f, 20, 11, 21 })]
    [InlineData("7.5,0\n8.5,1\n", "2", new[] { 7.5f, 8.5f })]
    [InlineData("1e3,-2,1\n5,6,0\n", "3", new[] { 1000f, -2, 5, 6 })]
    public void AFirstLineOfNumbersIsASample(string text, string label, float[] features)
    {
        var table = Read(text);
        Assert.Equal(features, table.Features);
        Assert.Equal((label, false), (table.Columns.Label, table.Columns.HasHeader));
        Assert.Equal("1", Read(text, "1").Columns.Label);
    }

    [Fact]
    public void NumbersThatCountTheColumnsAreNamesBesideAName()
    {
        Assert.Equal(["0", "1"], Read("0,1,label\n5,6,a\n7,8,b\n").Columns.Features);
        Assert.Equal(["1", "3"], Read("1,label,3\n5,a,6\n7,b,8\n").Columns.Features);
    }

    [Theory]
    [InlineData("1600000000.125", "1600000001.25", "1600000003.5")]
    [InlineData("1e-36", "3e-36", "2e-36")]
    [InlineData("1e-44", "3e-44", "2e-44")]
    [InlineData("1e-300", "3e-300", "2e-300")]
    [InlineData("2459000.001", "2459000.002", "2459000.0035")]
    [InlineData("-100000000001", "-100000000002", "-100000000009")]
    public void ASpreadThatSinglePrecisionWouldLoseIsKept(params string[] values)
    {
        var table = Read("a,t,k\n" + string.Concat(values.Select((value, n) => $"{n},{value},{n % 2}\n")));
        Assert.Equal((true, false, false), (table.Columns.IsAsRead(0), table.Columns.IsAsRead(1), table.Columns.AreAsRead));
        var (offset, scale) = (table.Columns.Offset[1], table.Columns.Scale[1]);
        for (var n = 0; n < values.Length; n++)
        {
            Assert.Equal(n, table.Features[2 * n]);
            var exact = double.Parse(values[n], CultureInfo.InvariantCulture);
            Assert.Equal((float)((exact - offset) * scale), table.Features[2 * n + 1]);
        }
        var spread = values.Select(value => double.Parse(value, CultureInfo.InvariantCulture)).Max()
            - values.Select(value => double.Parse(value, CultureInfo.InvariantCulture)).Min();
        var kept = Math.Max(table.Features[1], Math.Max(table.Features[3], table.Features[5]))
            - Math.Min(table.Features[1], Math.Min(table.Features[3], table.Features[5]));
        Assert.InRange(kept / (spread * scale), 0.999, 1.001);

        var again = CsvReader.Read(() =>
            ContentStream.FromBytes(Encoding.UTF8.GetBytes($"a,t,k\n5,{values[1]},0\n6,{values[1]},1\n"), "new"), null, table.Columns);
        Assert.Equal([5, table.Features[3], 6, table.Features[3]], again.Features);
    }

    [Fact]
    public void OtherTablesKeepTheirBits()
    {
        var numbers =
            from mantissa in Gen.Choose(-99_999_999, 99_999_999)
            from more in Gen.Choose(0, 99_999_999)
            from exponent in Gen.Choose(-20, 15)
            select string.Create(CultureInfo.InvariantCulture, $"{mantissa}{more:00000000}e{exponent}");
        var halves =
            from bits in Gen.Choose(0x3F000000, 0x40000000)
            from beside in Gen.Elements("", "0000000000000001")
            select Halfway(bits) + beside;
        var columns = Gen.OneOf(numbers, halves).ListOf(12).Select(list => list.ToArray());
        Prop.ForAll(columns.ToArbitrary(), column =>
        {
            var table = Read("x,k\n-1,0\n" + string.Concat(column.Select((text, n) => $"{text},{n % 2}\n")));
            if (!table.Columns.AreAsRead) return;
            Assert.Equal([-1, .. column.Select(text => float.Parse(text, CultureInfo.InvariantCulture))], table.Features);
        }).Check(Config.QuickThrowOnFailure);

        // all digits of the number in the middle between a single and the next
        static string Halfway(int bits) =>
            (((double)BitConverter.Int32BitsToSingle(bits) + BitConverter.Int32BitsToSingle(bits + 1)) / 2).ToString("F25",
                CultureInfo.InvariantCulture);
    }

    [Fact]
    public void ATableIsReadLikeAnotherOnlyWithItsColumns()
    {
        var like = Read("t,u,k\n1600000000.5,1,0\n1600000001,2,1\n").Columns;
        Assert.Contains("has the features t, v and the label 'k'; the features t, u were expected",
            DataFiles.Refusal(() => CsvReader.Read(() => ContentStream.FromBytes("t,v,k\n1,1,0\n"u8.ToArray(), "new"), null, like)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void ALineWithoutEndIsGivenUp() =>
        Assert.Contains("longer than", DataFiles.Refusal(() =>
            CsvReader.Read(() => ContentStream.FromBytes(DataFiles.Gzip([.. Enumerable.Repeat((byte)'x', 5_000_000)]), "table"), null)),
            StringComparison.Ordinal);

    [Fact]
    public void BytesThatAreNoTextAreRefused() =>
        Assert.Contains("not UTF-8 text",
            DataFiles.Refusal(() => CsvReader.Read(() => ContentStream.FromBytes([(byte)'x', 0xFF, 0xFE, 0xC0], "table"), null)),
            StringComparison.Ordinal);

    [Fact]
    public void ATableIsADataSetByPathAndByPathAndColumn()
    {
        var path = _folder.Write("fruit.csv", Encoding.UTF8.GetBytes(
            "kind,x,y\n" + string.Concat(Enumerable.Range(0, 10).Select(n => $"{(n % 2 == 0 ? "a" : "b")},{n},{n % 3}\n"))));
        var data = Dataset.Load($"csv:{path}#kind");
        Assert.Equal(("fruit", new Shape(2), 8, 2), (data.Name, data.Shape, data.Train.Count, data.Test.Count));
        Assert.Equal(["a", "b"], data.Classes);
        Assert.Equal("fruit: 8 training and 2 test samples of 2 features (x, y), label column 'kind' of 2 classes (a: "
            + "5, b: 5), " + $"{path} (unknown: your own data; there is nothing to compare with)", data.ToString());
        Assert.Contains("'a' found in column 'kind'", DataFiles.Refusal(() => Dataset.Load($"csv:{path}#x")), StringComparison.Ordinal);
        Assert.Contains($"name the label's column if this is it: csv:{path}#kind", DataFiles.Refusal(() => Dataset.Load($"csv:{path}#x")),
            StringComparison.Ordinal);
        Assert.Contains($"did you mean '{path}'?", DataFiles.Refusal(() => Dataset.Load($"csv:{path[..^1]}")), StringComparison.Ordinal);
        Assert.Equal(new Shape(1, 1, 2), Dataset.FromCsv(path, "kind", shape: new Shape(1, 1, 2)).Shape);
        Assert.Contains("do not make the shape 1x3x3", DataFiles.Refusal(() => Dataset.FromCsv(path, "kind", shape: new Shape(1, 3, 3))),
            StringComparison.Ordinal);
        Assert.Contains("does not exist", DataFiles.Refusal(() => Dataset.Load("csv:nowhere.csv")), StringComparison.Ordinal);
    }
}
