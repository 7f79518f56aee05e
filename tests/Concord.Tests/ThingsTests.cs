namespace Concord.Tests;

/// <summary>One of a thing is in the singular.</summary>
public sealed class ThingsTests
{
    [Theory]
    [InlineData(0, "0 epochs")]
    [InlineData(1, "1 epoch")]
    [InlineData(60_000, "60000 epochs")]
    public void ANumberHasItsWord(int count, string said) => Assert.Equal(said, Things.Of(count, "epoch"));

    [Fact]
    public void AWordMayHaveAPluralOfItsOwn() =>
        Assert.Equal(("1 class", "2 classes"), (Things.Of(1, "class", "classes"), Things.Of(2, "class", "classes")));
}
