using Concord.Data;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Networks that a program makes: written down where a list of layers describes them, else continued by it alone.</summary>
public sealed class ModelsInCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Kernels _kernels = Engines.Create("managed", 1);
    private readonly RunSettings _settings;
    private readonly DataSplit _data;

    public ModelsInCodeTests() => _settings = new RunSettings
    {
        Rule = "dfa", Epochs = 1, Batch = 8, Engine = "managed", Threads = 1,
    }.Split(Dataset.Glyphs(40, 20), out _data) with { Model = new RunSettings().Model };

    public void Dispose()
    {
        _kernels.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("mlp:6-10-8-3,tanh,dropout=0.3,batchnorm,init=kaiming-normal,gain=0.5")]
    [InlineData("mlp:6-10-3,leaky-relu=0.3,mask.fc1=0.25,layernorm")]
    [InlineData("cnn:2x8x6-c4k3p1-p2-c4k3s2p1g2-a2-5-3,no-bias,elu")]
    [InlineData("cnn:1x8x8-c4k3-gap-3,batchnorm")]
    [InlineData("layers: 6; repeat steps=3; recurrent units=5 activation=relu truncate=2; gru units=4 gain=0.5; last; dense units=3")]
    [InlineData("layers: 6; poisson steps=4; dense units=5; lif leak=0.8 reset=hard recurrent=true surrogate=fast-sigmoid slope=3; "
        + "dense units=4; lif adaptation=0.5 truncate=1 detached-reset=true refractory=1; dense units=3; leaky learned-leak=true; mean")]
    [InlineData("layers: 6; repeat steps=3; rc units=5 ground=0.3 slope=3; rc units=3 fires=false; last")]
    [InlineData("layers: 6; first-spike units=3 time=0.1")]
    [InlineData("layers: 1x8x8; residual filters=1 norm=batchnorm; residual filters=4 stride=2 activation=tanh init=kaiming-normal; "
        + "global-pool; dense units=3")]
    public void WhatListsCanSayIsWrittenDownAndDrawnAlike(string model)
    {
        var network = ModelDescription.Parse(model);
        var line = LayerList.Of(network);
        Assert.NotNull(line);
        var again = ModelDescription.Parse(line);
        Assert.Equal(network.ToString(), again.ToString());
        foreach (var one in (Network[])[network, again]) one.Initialize(_kernels, RandomStream.FromSeed(3));
        foreach (var (mine, theirs) in network.Parameters.Zip(again.Parameters))
            Assert.Equal(mine.Value.ToArray(), theirs.Value.ToArray());
    }

    [Theory]
    [InlineData("snn:6-10-3")]
    [InlineData("resmlp:6-10x2-3")]
    public void WhatNoListSaysIsNot(string model) => Assert.Null(LayerList.Of(ModelDescription.Parse(model)));

    [Fact]
    public void BlocksOfOtherNamesAreNot() => Assert.Null(LayerList.Of(new(new(6), [new LayerGroup("out", new Linear(3))])));

    [Fact]
    public void ARunOfOneIsLikeAnyOther()
    {
        static Network Make() => new(new(784), [new LayerGroup("fc1", new Linear(6), Tanh()), new LayerGroup("fc2", new Linear(10))]);
        using (var place = RunFolder.Create(_folder["run"])) new Trainer(_settings, _data, _kernels, place, model: Make).Run();
        var begun = RunFolder.SettingsOf(_folder["run"]);
        Assert.Equal("layers: 784; dense units=6 init=pytorch; tanh; dense units=10 init=pytorch", begun.Model);
        using var again = RunFolder.Open(_folder["run"]);
        var trainer = new Trainer(begun, _data, _kernels, again, restores: true);
        trainer.Restore();
        Assert.Single(trainer.Run().Epochs);
        Assert.Contains("the settings have the model mlp:784-5-10",
            Assert.Throws<ConcordException>(() => new Trainer(_settings with { Model = "mlp:784-5-10" }, _data, _kernels, model: Make))
                .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfALayerWithoutANameSaysThatOnlyItsProgramCanGoOn()
    {
        static Network Make() =>
            new(new(784), [new LayerGroup("fc1", new Linear(6), new Nameless()), new LayerGroup("fc2", new Linear(10))]);
        List<string> notices = [];
        using (var place = RunFolder.Create(_folder["run"]))
            new Trainer(_settings, _data, _kernels, place, model: Make).Run(new Heard(notices));
        Assert.Contains(notices, notice => notice.Contains("the command line cannot", StringComparison.Ordinal));
        var begun = RunFolder.SettingsOf(_folder["run"]);
        Assert.Equal(RunSettings.CodeModel, begun.Model);
        using var again = RunFolder.Open(_folder["run"]);
        var trainer = new Trainer(begun, _data, _kernels, again, restores: true, model: Make);
        trainer.Restore();
        Assert.Single(trainer.Run().Epochs);
        Assert.Contains("no file can keep it", Assert.Throws<ConcordException>(() => new Trainer(_settings with
        {
            RuleOptions = new Dictionary<string, string> { ["feedback.rank"] = "2" },
        }, _data, _kernels, model: Make)).Message, StringComparison.Ordinal);
    }

    private static ActivationLayer Tanh() => new(ActivationLayer.ByName["tanh"]);

    private sealed class Heard(List<string> notices) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Notice is { } notice) notices.Add(notice);
        }
    }

    private sealed class Nameless : Layer
    {
        public override string Kind => "nameless";

        public override string ToString() => "nameless";

        public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.Copy(x, y);

        public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
        {
            if (inputSignal is not null) tape.Kernels.Copy(signal, inputSignal);
        }

        public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
            tape.Kernels.Copy(tangent!, result);

        protected override Shape Build(Shape input) => input;
    }
}
