using Concord.Data;
using Concord.Training;

namespace Concord.Tests.Data;

public class PosturesTests
{
    private static readonly Dataset s_data = Dataset.Postures();

    [Fact]
    public void TheBytesAreTheSameOnEveryMachine()
    {
        Assert.Equal(
            ["1f60cc09a86d6ecb26619651bb98e61bc60940eef790cd4de997b6254fdb4da9",
                "0a38f050faf66826149a27faba7315ebfff797ec0d2e7ca12d8b15bfd93f071e"],
            s_data.Verification.Files.Select(file => file.Sha256));
        Assert.Equal(Verdict.Generated, s_data.Verification.Verdict);
    }

    [Fact]
    public void ARunHasItsThreeParts()
    {
        var settings = new RunSettings { Data = "postures" }.Load(out _, out var split);
        Assert.Equal((5000, 1000, 1000), (split.Train.Count, split.Validation.Count, split.Test.Count));
        Assert.Equal("mlp:6-256-256-5", settings.Model.Split(',')[0]);
        Assert.All(s_data.Train.ClassCounts(), count => Assert.InRange(count, 1200 - 4 * 31, 1200 + 4 * 31));
    }

    // A channel is to 12 bits between 0 and the supply; of an axis at rest nearly all shows in one of its two channels.
    [Fact]
    public void ChannelsAreWhatAConverterGives()
    {
        for (var n = 0; n < s_data.Train.Count; n++)
            foreach (var value in s_data.Train.Singles(n))
            {
                Assert.InRange(value, 0, 1);
                Assert.Equal(Math.Round(value * 4096), value * 4096, 1e-9);
            }
    }

    // Gravity has a length of 1 g whatever way the collar is turned, but for noise; in walking there is more.
    [Fact]
    public void AtRestThereIsGravityAlone()
    {
        for (var n = 0; n < s_data.Test.Count; n++)
        {
            var v = s_data.Test.Singles(n);
            double x = 2 * (v[0] - v[1]), y = 2 * (v[2] - v[3]), z = 2 * (v[4] - v[5]), all = 2 * (v[0] + v[1] + v[2] + v[3] + v[4] + v[5]);
            if (s_data.Test.Labels[n] < 4) Assert.Equal(1, Math.Sqrt(x * x + y * y + z * z), 0.04);
            else Assert.True(all > 1.5, $"{n}: {all}");
        }
    }

    [Fact]
    public void ASampleDependsOnSeedPartAndNumberAlone()
    {
        var few = Dataset.Postures(30, 10);
        for (var n = 0; n < 30; n++) Assert.True(few.Train.Singles(n).SequenceEqual(s_data.Train.Singles(n)));
        Assert.False(few.Train.Singles(0).SequenceEqual(s_data.Test.Singles(0)));
        Assert.False(few.Train.Singles(0).SequenceEqual(Dataset.Postures(30, 10, seed: 2).Train.Singles(0)));
        Assert.Contains("postures can be generated with", DataFiles.Refusal(() => Dataset.Postures(0, 10)), StringComparison.Ordinal);
    }
}
