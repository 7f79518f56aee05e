using System.Security.Cryptography;
using System.Text;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Options;

namespace Concord.Training;

/// <summary>
/// What TensorBoard is told of a run. The step of an event is that of the optimizer. All of it follows from the settings, the lines of
/// <c>metrics.jsonl</c> and the scores of the test samples, so a run that continues, and an export, write the same again.
/// </summary>
internal static class RunEvents
{
    public const string FileName = "events.out.tfevents.concord";

    // HParamsPluginData; Experiment; HParamInfo; MetricInfo and its name; SessionStartInfo; an entry of its map; Value; SessionEndInfo
    private const string Plugin = "hparams";
    private const int ExperimentField = 2, StartField = 3, EndField = 4;
    private const int InfosField = 4, MetricsField = 5;
    private const int InfoNameField = 1, InfoMeaningField = 3, InfoTypeField = 4, TypeOfText = 1, TypeOfFlag = 2, TypeOfNumber = 3;
    private const int MetricNameField = 1, TagField = 2, DisplayField = 3;
    private const int ValuesField = 1, GroupField = 4, StartTimeField = 5;
    private const int KeyField = 1, ValueField = 2, NumberField = 2, TextField = 3, FlagField = 4;
    private const int StatusField = 1, EndTimeField = 2, Success = 1, Failure = 2;

    private static readonly OptionType<double> s_number = OptionType.Number();
    private static readonly (string Tag, string Name)[] s_metrics =
    [
        ("accuracy/test", "test accuracy"), ("loss/test", "test loss"), ("accuracy/validation", "validation accuracy"),
        ("loss/validation", "validation loss"), ("loss/train", "training loss"), ("samples-per-second", "samples per second"),
    ];

    /// <summary>Tells what decides the run: the two records that make its settings show among the hyperparameters.</summary>
    /// <remarks>
    /// TensorBoard takes the columns of a whole tree of runs from the first of these records that it finds, so each run names the options
    /// of all rules. Runs that differ only by their seed are one group.
    /// </remarks>
    public static void Begin(this EventFile file, double time, RunSettings settings)
    {
        file.Append(time, "_hparams_/experiment", Plugin, message =>
        {
            var experiment = message.Open(ExperimentField);
            foreach (var setting in SettingsTable.All.Where(setting => !setting.IsIdle))
                Info(message, setting.Key, setting.Meaning, TypeOf(setting.Kind));
            foreach (var option in SettingsTable.RuleOptions)
                Info(message, option.Key, option.Meaning, TypeOf(option.Kind));
            foreach (var (tag, name) in s_metrics)
            {
                var metric = message.Open(MetricsField);
                var inner = message.Open(MetricNameField);
                message.Text(TagField, tag);
                message.Close(inner);
                message.Text(DisplayField, name);
                message.Close(metric);
            }
            message.Close(experiment);
        });
        var values = settings.Write().Where(pair => !SettingsTable.IsIdle(pair.Key)).ToList();
        file.Append(time, "_hparams_/session_start_info", Plugin, message =>
        {
            var start = message.Open(StartField);
            foreach (var (key, text) in values)
                Value(message, key, text, TypeOf(SettingsTable.KindOf(key)));
            message.Text(GroupField, GroupOf(values));
            message.Number(StartTimeField, time);
            message.Close(start);
        });
    }

    /// <summary>The scalars of an epoch, with the score on the test samples if they were looked at after it.</summary>
    public static void Append(this EventFile file, double time, EpochMetrics epoch, Score? test, Score? bestTest) =>
        file.Append(time, epoch.Step,
        [
            ("loss/train", epoch.TrainLoss), ("loss/validation", epoch.ValidationLoss),
            ("accuracy/train", epoch.TrainAccuracy), ("accuracy/validation", epoch.ValidationAccuracy),
            ("learning-rate", epoch.LearningRate), ("seconds", epoch.Seconds), ("samples-per-second", epoch.SamplesPerSecond),
            ("epoch", epoch.Epoch), .. Scores(test, "test"), .. Scores(bestTest, "test-of-best-epoch"),
            .. Scalars("alignment", epoch.Alignment),
            .. epoch.Spikes.Select(layer => ($"spikes/{layer.Layer}/per-neuron", layer.SpikesPerNeuron)),
            .. epoch.Energy.Select(layer => ($"energy/{layer.Layer}", layer.Energy)),
        ]);

    /// <summary>A step within an epoch, which is held. It allocates nothing.</summary>
    public static void Hold(this EventFile file, double time, StepLine step) => file.Hold(time, step.Step,
        ("loss/step", step.Loss), ("learning-rate", step.LearningRate), ("samples-per-second", step.SamplesPerSecond));

    /// <summary>A probe of a training step.</summary>
    public static void Append(this EventFile file, double time, long step, IEnumerable<PortAlignment> rows) =>
        file.Append(time, step, [.. Scalars("training-alignment", rows)]);

    /// <summary>The scores on the test samples at the end of a run.</summary>
    public static void Append(this EventFile file, double time, long step, Score test, Score? bestTest) =>
        file.Append(time, step, [.. Scores(test, "test"), .. Scores(bestTest, "test-of-best-epoch")]);

    /// <summary>Tells that the run is finished, or that it failed.</summary>
    public static void End(this EventFile file, double time, bool failed = false) =>
        file.Append(time, "_hparams_/session_end_info", Plugin, message =>
        {
            var end = message.Open(EndField);
            message.Whole(StatusField, failed ? Failure : Success);
            message.Number(EndTimeField, time);
            message.Close(end);
        });

    private static IEnumerable<(string Tag, double Value)> Scores(Score? score, string part) =>
        score is { } known ? [($"accuracy/{part}", known.Accuracy), ($"loss/{part}", known.Loss)] : [];

    private static IEnumerable<(string Tag, double Value)> Scalars(string group, IEnumerable<PortAlignment> rows) =>
        from port in rows
        from figure in (IEnumerable<(string Name, double Value)>)
        [
            ("cosine", port.Cosine), ("angle-degrees", port.AngleDegrees), ("local-cosine", port.LocalCosine),
            ("batch-cosine", port.BatchCosine), ("gate-cosine", port.GateCosine), ("weight-cosine", port.WeightCosine),
            ("weight-agreement", port.WeightAgreement), ("sign-agreement", port.SignAgreement), ("norm-ratio", port.NormRatio),
            ("true-norm", port.TrueNorm), ("signal-rank", port.SignalRank), ("true-rank", port.TrueRank),
            ("feedback-cosine", port.FeedbackCosine), ("feedback-lag", port.FeedbackLag), ("feedback-variance", port.FeedbackVariance),
        ]
        select ($"{group}/{port.Port}/{figure.Name}", figure.Value);

    private static void Info(ProtoMessage message, string name, string meaning, int type)
    {
        var info = message.Open(InfosField);
        message.Text(InfoNameField, name);
        message.Text(InfoMeaningField, meaning);
        message.Whole(InfoTypeField, type);
        message.Close(info);
    }

    // In a column of numbers there is nothing where a word stands for none.
    private static void Value(ProtoMessage message, string key, string text, int type)
    {
        if (type == TypeOfNumber && !s_number.TryParse(text, out _)) return;
        var entry = message.Open(ValuesField);
        message.Text(KeyField, key);
        var value = message.Open(ValueField);
        if (type == TypeOfFlag && OptionType.Flag.TryParse(text, out var flag)) message.Whole(FlagField, flag ? 1 : 0);
        else if (type == TypeOfNumber && s_number.TryParse(text, out var number)) message.Number(NumberField, number);
        else message.Text(TextField, text);
        message.Close(value);
        message.Close(entry);
    }

    private static int TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Flag => TypeOfFlag,
        ValueKind.Number => TypeOfNumber,
        _ => TypeOfText,
    };

    private static string GroupOf(IEnumerable<KeyValuePair<string, string>> values) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', values.Where(pair => pair.Key != "seed").Select(pair => $"{pair.Key}={pair.Value}")))));
}
