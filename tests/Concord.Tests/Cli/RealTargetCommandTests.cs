namespace Concord.Tests.Cli;

/// <summary>Data without classes, as the built program shows them: losses where accuracies stand elsewhere.</summary>
public sealed class RealTargetCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void PeopleAndProgramsAreToldTheLoss()
    {
        const string Few = "--data teacher-student --model mlp:100-4-5,tanh --train 60 --validation 20 --test 30 --epochs 1 "
            + "--batch 20 --engine managed --threads 1";
        var told = _concord.Run($"train {Few} --rule dfa --out run --json");
        Assert.Equal(0, told.ExitCode);
        var (start, result) = (told.Event("start").GetProperty("data"), told.Event("result"));
        Assert.Equal((0, 0), (start.GetProperty("classes").GetInt32(), start.GetProperty("classNames").GetArrayLength()));
        Assert.InRange(result.GetProperty("testLoss").GetProperty("mean").GetDouble(), 0.1, 10);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, result.GetProperty("testAccuracy").GetProperty("mean").ValueKind);

        var scored = _concord.Run("evaluate run");
        Assert.Contains("test loss ", scored.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", scored.Out, StringComparison.Ordinal);
        var compared = _concord.Run($"compare {Few} --rules backprop,shallow --seeds 2 --out compared");
        Assert.Equal(0, compared.ExitCode);
        Assert.Contains("test loss: with the last epoch's weights", compared.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", compared.Out, StringComparison.Ordinal);
    }
}
