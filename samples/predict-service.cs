// A trained network behind a web address: dotnet run -c Release samples/predict-service.cs runs/own-data --urls http://127.0.0.1:5080
//   curl -d '[[0, 1], [0.9, -0.5]]' -H 'Content-Type: application/json' http://127.0.0.1:5080/predict
#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Concord/Concord.csproj
#:property PublishAot=false
using Concord;
using Concord.Training;

if (args is not [var run, .. var rest]) throw new ArgumentException("Give the folder of a run: predict-service.cs runs/own-data");
using var model = TrainedModel.Load(run);   // once; requests of several threads take turns
var app = WebApplication.CreateBuilder(rest).Build();
app.MapGet("/", () => Results.Ok(new { takes = model.SampleShape.Length, classes = model.Classes }));
app.MapPost("/predict", Answer);
app.Run();

IResult Answer(float[]?[] rows)
{
    try
    {
        var said = model.Predict(Table(rows));
        return Results.Ok(rows.Select((_, i) => new
        {
            label = said.LabelOf(i), outputs = model.Classes.Select((name, k) => (name, said.Outputs[i, k])).ToDictionary(),
        }));
    }
    catch (ConcordException error)
    {
        return Results.BadRequest(error.Message);   // what was given, what was expected, what to do
    }
}

static float[,] Table(float[]?[] given)
{
    float[][] rows = [.. given.OfType<float[]>()];
    if (rows.Length < given.Length) throw new ConcordException("A row is null; give each as a list of numbers.");
    var width = rows.Length == 0 ? 0 : rows[0].Length;
    if (Array.Exists(rows, row => row.Length != width)) throw new ConcordException("The rows are of several lengths.");
    var table = new float[rows.Length, width];
    for (var i = 0; i < rows.Length; i++)
        for (var j = 0; j < width; j++) table[i, j] = rows[i][j];
    return table;
}
