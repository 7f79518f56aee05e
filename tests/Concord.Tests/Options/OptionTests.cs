using Concord.Options;
using Concord.Rules;

namespace Concord.Tests.Options;

public sealed class OptionTests
{
    private static readonly Option<int> s_first = new("first", OptionType.Whole(1, 9), 3, "The first.");

    private static readonly Option<double> s_second = new Option<double>("second", OptionType.NumberAbove(0, 1),
        values => 1.0 / values.Of(s_first), "The second.")
        .When(values => values.Of(s_first) > 2, "first above 2").When(values => values.Of(s_first) != 5, "first other than 5");

    private static readonly Option<bool> s_third = new("third", OptionType.Flag, "The third.");

    private static OptionValues Read(params string[] words) =>
        OptionValues.Read([s_first, s_second, s_third.Defaulting(false)],
            words.Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]), " of a thing");

    [Fact]
    public void ValuesAreKeptAsTheyWereGivenAndDefaultsFollowWhatIsDeclaredBeforeThem()
    {
        var values = Read("first=4", "third=true");
        Assert.Equal((4, 0.25, true), (values.Of(s_first), values.Of(s_second), values.Of(s_third)));
        Assert.Equal(["first=4", "second=0.25", "third=true"], values.Resolved.Select(pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal("0.50", Read("second=0.50").Resolved["second"]);
        Assert.True(values.IsGiven(s_first) && !values.IsGiven(s_second));
        Assert.Equal(0.1 / Math.Sqrt(12), OptionType.Number().Read("", OptionType.Number().Write(0.1 / Math.Sqrt(12))));
    }

    [Theory]
    [InlineData("first=x", "The option first of a thing was given 'x'; it takes a whole number from 1 to 9.")]
    [InlineData("first=10", "it takes a whole number from 1 to 9")]
    [InlineData("second=0", "a number above 0 and at most 1, with a point for decimals")]
    [InlineData("second=NaN", "a number above 0")]
    [InlineData("third=yes", "true or false")]
    [InlineData("first=2 second=x", "a number above 0")]                             // what cannot be read is a mistake anywhere
    [InlineData("first=2 second=7", "has no effect here; it applies only with first above 2")]
    [InlineData("first=5 second=0.1", "it applies only with first other than 5")]
    [InlineData("fist=5", "A thing has no option 'fist'. Did you mean 'first'?")]
    public void MistakesAreExplained(string words, string message) =>
        Assert.Contains(message, Assert.Throws<ConcordException>(() => Read(words.Split(' ')).Check("A thing")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void ADefaultIsNoMistakeWhereItHasNoEffect() =>
        Assert.Equal("0.5", Read("first=2", "second=0.50").Check("A thing").Resolved["second"]);

    [Fact]
    public void AnOptionWithoutADefaultMustBeGiven() =>
        Assert.Contains("is missing; it takes true or false", Assert.Throws<ConcordException>(() => OptionValues.Read([s_third])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void ListsThatCannotBeReadInTheirOrderAreRefused()
    {
        Assert.Throws<InvalidOperationException>(() => OptionValues.Read([s_second, s_first]));
        Assert.Throws<InvalidOperationException>(() => OptionValues.Read([s_first, s_first]));
    }

    [Fact]
    public void AKeyMeansTheSameInEveryRule() =>
        Assert.All(RuleCatalogue.All.SelectMany(rule => rule.Options).GroupBy(option => option.Key), same =>
        {
            Assert.Single(same.Select(option => (option.Meaning, option.Values)).Distinct());
            Assert.EndsWith(".", same.First().Meaning, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("double.TryParse", "OptionType.cs")]
    [InlineData("bool.TryParse", "OptionType.cs")]
    [InlineData("Split('='", null)]
    [InlineData("IndexOf('='", "OptionWords.cs")]
    public void OptionsAreReadInOnePlace(string call, string? home)
    {
        string[] folders = ["Cost", "Feedback", "Layers", "Networks", "Options", "Rules", "Training"];
        var source = Path.Combine(Repository.Root, "src", "Concord");
        var files = folders
            .SelectMany(folder => Directory.GetFiles(Path.Combine(source, folder), "*.cs", SearchOption.AllDirectories))
            .Append(Path.Combine(source, "Data", "Augmentation.cs"));
        Assert.Equal(home is null ? [] : [home],
            files.Where(file => File.ReadAllText(file).Contains(call, StringComparison.Ordinal)).Select(Path.GetFileName));
    }
}
