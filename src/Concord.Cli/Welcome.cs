namespace Concord.Cli;

/// <summary>What a newcomer does first.</summary>
internal static class Welcome
{
    public static int Show(TextWriter people)
    {
        people.WriteLine("""
            Concord trains neural networks without weight transport.

              concord compare                      six rules on built-in data, in a minute
              concord train --rule dfa --epochs 5  one rule: plan, alignment, a run folder
              concord sweep FILE.yaml              rules, settings and seeds as a grid
              concord rules dfa                    a rule's equation, paper and options
              concord data fetch mnist             real data; concord data lists the sets
              concord train --data mnist --model mlp:784-1000-1000-10 --rule dfa

            concord --help lists the commands; concord doctor says what this machine has.
            """);
        return 0;
    }
}
