namespace Concord.Cli;

/// <summary>What a newcomer does first.</summary>
internal static class Welcome
{
    public static int Show(TextWriter people)
    {
        people.WriteLine("""
            Concord trains neural networks without weight transport.

              concord compare                                  six rules side by side on built-in data, in under a minute
              concord train --rule dfa --epochs 5              one rule, with its plan, its alignment and a run folder
              concord sweep FILE.yaml                          an experiment file: rules, settings and seeds as a grid; docs/experiments.md
              concord rules dfa                                a rule's equation, paper and options
              concord data fetch mnist                         real data; concord data says which there are, and where they lie
              concord train --data mnist --model mlp:784-1000-1000-10 --rule dfa

            concord --help lists the commands; concord doctor says what this machine has.
            """);
        return 0;
    }
}
