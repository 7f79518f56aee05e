namespace Concord.Tests.Rules;

/// <summary>
/// A dense network as papers write it, in plain loops over doubles: W_l [n_l, n_(l-1)], a_l = x_(l-1) W_l' + b_l, x_l = f(a_l), one row a
/// sample. It shares no line with the library, and is what the rules' updates are compared with.
/// </summary>
internal sealed class PaperNetwork(double[][,] w, double[][] b, string activation)
{
    public double[][,] W => w;
    public double[][] B => b;
    public int Layers => w.Length;
    public double[][,] A { get; } = new double[w.Length][,];
    public double[][,] X { get; } = new double[w.Length + 1][,];

    public double[,] Logits => A[Layers - 1];

    public void Forward(double[,] x)
    {
        X[0] = x;
        for (var l = 0; l < Layers; l++)
        {
            var bias = b[l];
            A[l] = Map(Times(X[l], Transpose(w[l])), (value, _, j) => value + bias[j]);
            X[l + 1] = l == Layers - 1 ? A[l] : Map(A[l], (value, _, _) => F(value));
        }
    }

    /// <summary>The same weights on another input; what they learn there, they have learned here.</summary>
    public PaperNetwork Again(double[,] x)
    {
        var second = new PaperNetwork(w, b, activation);
        second.Forward(x);
        return second;
    }

    public double F(double a) => activation == "tanh" ? Math.Tanh(a) : 1 / (1 + Math.Exp(-a));

    private double Slope(double a) => activation == "tanh" ? 1 - Math.Tanh(a) * Math.Tanh(a) : F(a) * (1 - F(a));

    public double[,] Gate(double[,] signal, int layer) => Map(signal, (value, n, j) => value * Slope(A[layer][n, j]));

    /// <summary>W_l -= factor d_l' x_(l-1), b_l -= factor sum_n d_l.</summary>
    public void Descend(int layer, double[,] delta, double factor)
    {
        var gradient = Times(Transpose(delta), X[layer]);
        w[layer] = Map(w[layer], (value, i, j) => value - factor * gradient[i, j]);
        for (var n = 0; n < delta.GetLength(0); n++)
            for (var j = 0; j < delta.GetLength(1); j++) b[layer][j] -= factor * delta[n, j];
    }

    public double[,] Gradient(int layer, double[,] delta) => Times(Transpose(delta), X[layer]);

    public static double[,] Error(string loss, double[,] z, double[,] t) => Map(z, (value, n, k) =>
    {
        if (loss == "mse") return value - t[n, k];
        if (loss == "bce") return 1 / (1 + Math.Exp(-value)) - t[n, k];
        var sum = 0.0;
        for (var j = 0; j < z.GetLength(1); j++) sum += Math.Exp(z[n, j]);
        return Math.Exp(value) / sum - t[n, k];
    });

    public static double[,] Times(double[,] a, double[,] b)
    {
        var result = new double[a.GetLength(0), b.GetLength(1)];
        Assert.Equal(a.GetLength(1), b.GetLength(0));
        for (var i = 0; i < a.GetLength(0); i++)
            for (var j = 0; j < b.GetLength(1); j++)
                for (var k = 0; k < a.GetLength(1); k++) result[i, j] += a[i, k] * b[k, j];
        return result;
    }

    public static double[,] Transpose(double[,] a)
    {
        var result = new double[a.GetLength(1), a.GetLength(0)];
        for (var i = 0; i < a.GetLength(0); i++)
            for (var j = 0; j < a.GetLength(1); j++) result[j, i] = a[i, j];
        return result;
    }

    public static double[,] Map(double[,] a, Func<double, int, int, double> f)
    {
        var result = new double[a.GetLength(0), a.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
            for (var j = 0; j < a.GetLength(1); j++) result[i, j] = f(a[i, j], i, j);
        return result;
    }

    /// <summary>Rows and columns from memory, row by row.</summary>
    public static double[,] Read(IReadOnlyList<double> memory, int rows, int columns)
    {
        var result = new double[rows, columns];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) result[i, j] = memory[i * columns + j];
        return result;
    }

    public static double[] Flat(double[,] a) => [.. a.Cast<double>()];
}
