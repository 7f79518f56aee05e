// What a training step takes under each rule: dotnet run -c Release samples/cost-table.cs mlp:784-1000-1000-10 64
// Nothing is trained: a step is recorded on an engine without memory, so large networks are counted as quickly as small ones.
#:project ../src/Concord/Concord.csproj
using System.Globalization;
using Concord.Cost;

var model = args is [var given, ..] ? given : "mlp:784-1000-1000-10";
var batch = args is [_, var rows, ..] ? int.Parse(rows, CultureInfo.InvariantCulture) : 64;
string[] rules = ["backprop", "fa", "dfa", "sparse-dfa", "drtp", "shallow"];
Console.WriteLine(CostComparison.Of(model, rules, batch));
