using System.Globalization;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>The kinds of layer that a convolutional model string has.</summary>
internal enum TokenKind
{
    Convolution,
    Residual,
    MaxPool,
    AveragePool,
    GlobalPool,
    Dropout,
    Dense,
}

/// <summary>One layer of a convolutional model string, as <c>c32k3s2p1</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Width">Filters, or outputs.</param>
/// <param name="Window">Size, stride, padding, dilation of a convolution or pool; of a residual unit its stride.</param>
/// <param name="Groups">Of a convolution.</param>
/// <param name="Rate">Of dropout.</param>
internal readonly record struct LayerToken(TokenKind Kind, int Width = 0, Window Window = default, int Groups = 1, double Rate = 0)
{
    private const int Most = 1 << 20, MostOfWindow = 1 << 12, MostTimes = 1000;

    private const string Forms = "A convolution is cFILTERSkSIZE, then sSTRIDE, pPADDING, dDILATION, "
        + "gGROUPS where they are not 1 or 0 (c32k3p1); a residual unit rFILTERS, then sSTRIDE (r64s2); "
        + "a pool pSIZE (the largest) or aSIZE (the mean), then sSTRIDE, pPADDING (p3s2), or gap over the whole image; "
        + "dropout dRATE (d0.5); a dense layer its width (256). xTIMES repeats a layer (r64x3)";

    /// <summary>Reads a layer, or several of a kind: <c>r32s2x3</c> is three residual units of which the first has the stride.</summary>
    /// <param name="text">The whole model string, for people.</param>
    /// <param name="token">What stands between two hyphens.</param>
    /// <exception cref="ConcordException">It is no layer.</exception>
    public static IEnumerable<LayerToken> Read(string text, string token)
    {
        if (token.Length == 0) throw Unreadable(text, token, "is empty");
        if (char.IsAsciiDigit(token[0])) return DenseModel.Widths(text, token).Select(width => new LayerToken(TokenKind.Dense, width));
        if (token == "gap") return [new(TokenKind.GlobalPool)];
        if (token[0] == 'm') token = $"p{token[1..]}";
        if (token[0] == 'd')
            return [new(TokenKind.Dropout, Rate: LayerKind.Rate.Read($"The dropout rate of the model '{text}'", token[1..]))];
        var numbers = Numbers(text, token, token[0] switch
        {
            'c' => "kspdgx",
            'r' => "sx",
            'p' or 'a' => "spx",
            _ => throw Unreadable(text, token, "does not exist"),
        });
        int width = numbers.First, stride = numbers.Of('s') ?? 1, padding = numbers.Of('p') ?? 0, times = numbers.Of('x') ?? 1;
        if (times is < 1 or > MostTimes) throw Unreadable(text, token, $"is repeated {times} times; 1 to {MostTimes} can be");
        LayerToken first = token[0] switch
        {
            'c' => new(TokenKind.Convolution, width, Window.Square(numbers.Of('k') ?? throw Unreadable(text, token, "has no kernel size"),
                stride, padding, numbers.Of('d') ?? 1), numbers.Of('g') ?? 1),
            'r' => new(TokenKind.Residual, width, Window.Square(3, stride, padding: 1)),
            'p' => new(TokenKind.MaxPool, 0, Window.Square(width, numbers.Of('s') ?? width, padding)),
            _ => new(TokenKind.AveragePool, 0, Window.Square(width, numbers.Of('s') ?? width, padding)),
        };
        return [first, .. Enumerable.Repeat(first.Kind == TokenKind.Residual ? first with { Window = Window.Square(3, padding: 1) }
            : first, times - 1)];
    }

    private static ConcordException Unreadable(string text, string token, string why) =>
        new($"The model '{text}' has the layer '{token}', which {why}. {Forms}.");

    /// <summary>The letters of a token with the numbers after them.</summary>
    private sealed record TokenNumbers(int First, IReadOnlyDictionary<char, int> Others)
    {
        public int? Of(char letter) => Others.TryGetValue(letter, out var number) ? number : null;
    }

    private static TokenNumbers Numbers(string text, string token, string letters)
    {
        Dictionary<char, int> others = [];
        int? first = null;
        for (var at = 0; at < token.Length;)
        {
            var letter = token[at++];
            var begin = at;
            while (at < token.Length && char.IsAsciiDigit(token[at])) at++;
            if (!int.TryParse(token.AsSpan(begin, at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw Unreadable(text, token, $"has no whole number after '{letter}'");
            var most = begin == 1 && token[0] is 'c' or 'r' ? Most : MostOfWindow;
            if (number > most) throw Unreadable(text, token, $"has {number} after '{letter}'; at most {most} is possible");
            if (first is null) first = number;
            else if (!letters.Contains(letter, StringComparison.Ordinal))
                throw Unreadable(text, token, $"has '{letter}', which has no effect there");
            else if (!others.TryAdd(letter, number)) throw Unreadable(text, token, $"has '{letter}' twice");
        }
        return new(first!.Value, others);
    }
}
