// A network on data of one's own: dotnet run -c Release samples/own-data.cs
#:project ../src/Concord/Concord.csproj
using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

// One row a sample, one class number a sample. Here: which of three places a noisy point belongs to.
const int Count = 1200;
var random = new Random(1);
var (inputs, labels) = (new float[Count, 2], new int[Count]);
for (var i = 0; i < Count; i++)
{
    labels[i] = i % 3;
    for (var j = 0; j < 2; j++) inputs[i, j] = (float)(Math.Sin(labels[i] * 2.1 + j * 1.6) + 1.6 * (random.NextDouble() - 0.5));
}

var data = Dataset.From(inputs, labels, classes: ["red", "green", "blue"]).Split(validation: 100, RandomStream.FromSeed(0));
var settings = new RunSettings { Model = "mlp:2-32-32-3,tanh", Rule = "dfa", Batch = 32, Epochs = 10 };
using var kernels = Engines.Create();
using (var folder = RunFolder.Create(args is [var place, ..] ? place : RunFolder.MakeFree("runs", "own-data")))
{
    var result = new Trainer(settings, data, kernels, folder).Run();
    Console.WriteLine($"{result.Test.Accuracy:P1} of the test samples are right; the run is in {folder.Path}");
    using var model = TrainedModel.Load(folder.Path);   // all that it needs is in the folder
    var said = model.Predict(new float[,] { { 0, 1 }, { 0.9f, -0.5f } });
    for (var i = 0; i < 2; i++) Console.WriteLine($"point {i}: {said.LabelOf(i)}, {said.Outputs[i, said.Answers[i]]:P1}");
}
