using System.Globalization;
using System.Text;
using Concord.Data;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Tests.Data;

public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CsvReader.Table Read(string text, string? label = null) => CsvReader.Read(ContentStream.FromBytes(Encoding.UTF8.GetBytes(text), "table"), label);

    [Fact]
    public void The_last_column_is_the_label_and_text_classes_are_in_ordinal_order()
    {
        var table = Read("a,b,kind\n1,2.5,pear\r\n-3e2, .5 ,Apple\n\n7,8,pear");
        Assert.Equal([1, 2.5f, -300, 0.5f, 7, 8], table.Features);
        Assert.Equal(["Apple", "pear"], table.Classes);
        Assert.Equal([1, 0, 1], table.Labels);
    }

    [Fact]
    public void Any_column_can_be_the_label_and_numbers_are_in_numerical_order()
    {
        var table = Read("\uFEFFclass,x\n10,1\n9,2\n10,3\n-1,4\n", "class");
        Assert.Equal([1, 2, 3, 4], table.Features);
        Assert.Equal(["-1", "9", "10"], table.Classes);
        Assert.Equal([2, 1, 2, 0], table.Labels);
    }

    [Fact]
    public void Quoted_fields_hold_commas_quotes_and_line_ends()
    {
        var table = Read("\"x, y\",\"k\"\"ind\"\n\"1.5\",\"a,\"\"b\"\"\nc\"\n2,\"\"\"\"\n", "k\"ind");
        Assert.Equal([1.5f, 2], table.Features);
        Assert.Equal(["\"", "a,\"b\"\nc"], table.Classes);
    }

    [Fact]
    public void The_machines_culture_does_not_matter()
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
    [InlineData("x;k\n1;2\n", "two column names separated by commas was expected, but 'x;k'")]
    [InlineData("x,k\n1,2,3\n", "line 2: 3 fields found, 2 expected")]
    [InlineData("x,k\n1,a\n\n2\n", "line 4: 1 fields found")]
    [InlineData("x,k\n1,a\n,b\n", "line 3: nothing found in column 'x'")]
    [InlineData("x,k\nNaN,a\n", "line 2: 'NaN' found")]
    [InlineData("x,k\n1e99,a\n", "line 2: '1e99' found")]
    [InlineData("x,k\n1,\n", "the label 'k' is missing")]
    [InlineData("x,k\n1,a\n2,a\n", "every row has the label 'a'")]
    [InlineData("x,k\n1,2.5\n2,3\n", "measurements such as 2.5")]
    [InlineData("5.1,3.5,iris\n1,2,x\n", "'5.1' is a number, but a column's name")]
    [InlineData(",x,k\n0,1,a\n", "column 1 has no name")]
    [InlineData("0,0,k\n0,1,a\n", "two columns are called '0'")]
    [InlineData("x,k\n1,\"a\n2,b\n", "line 2: a quote is opened and never closed")]
    [InlineData("x,k\n1,\"a\"b\n", "text follows a closing quote")]
    public void A_wrong_table_is_refused_with_its_line(string text, string why)
    {
        var message = DataFiles.Refusal(() => Read(text));
        Assert.StartsWith("'table'", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_named_with_those_there_are() =>
        Assert.Contains("no column 'z'; its columns are x, k", DataFiles.Refusal(() => Read("x,k\n1,a\n", "z")), StringComparison.Ordinal);

    [Fact]
    public void A_line_without_end_is_given_up() =>
        Assert.Contains("longer than", DataFiles.Refusal(() => CsvReader.Read(ContentStream.FromBytes(DataFiles.Gzip([.. Enumerable.Repeat((byte)'x', 5_000_000)]), "table"), null)), StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        Assert.Contains("no text in UTF-8", DataFiles.Refusal(() => CsvReader.Read(ContentStream.FromBytes([(byte)'x', 0xFF, 0xFE, 0xC0], "table"), null)), StringComparison.Ordinal);

    [Fact]
    public void A_table_is_a_data_set_by_path_and_by_path_and_column()
    {
        var path = _folder.Write("fruit.csv", Encoding.UTF8.GetBytes("kind,x,y\n" + string.Concat(Enumerable.Range(0, 10).Select(n => $"{(n % 2 == 0 ? "a" : "b")},{n},{n % 3}\n"))));
        var data = Dataset.Load($"csv:{path}#kind");
        Assert.Equal(("fruit", new Shape(2), 8, 2), (data.Name, data.Shape, data.Train.Count, data.Test.Count));
        Assert.Equal(["a", "b"], data.Classes);
        Assert.Contains("'a' found in column 'kind'", DataFiles.Refusal(() => Dataset.Load($"csv:{path}")), StringComparison.Ordinal);
        Assert.Equal(new Shape(1, 1, 2), Dataset.FromCsv(path, "kind", shape: new Shape(1, 1, 2)).Shape);
        Assert.Contains("do not make the shape 1x3x3", DataFiles.Refusal(() => Dataset.FromCsv(path, "kind", shape: new Shape(1, 3, 3))), StringComparison.Ordinal);
        Assert.Contains("does not exist", DataFiles.Refusal(() => Dataset.Load("csv:nowhere.csv")), StringComparison.Ordinal);
    }
}
