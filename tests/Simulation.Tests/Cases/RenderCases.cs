using FsCheck;
using FsCheck.Fluent;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>Random cases for properties: FsCheck finds the generator by its type, and shrinks what fails.</summary>
public static class RenderCases
{
    /// <summary>Farms to which anything may happen.</summary>
    public static class WithFaults
    {
        /// <summary>FsCheck's way to find the generator.</summary>
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.Macs
            from submissions in RandomWorkloads.Submissions
            from faults in RandomFaults.For(macs.Count)
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, submissions, faults, seed));
    }

    /// <summary>One batch that is there from the start, on a small farm to which nothing happens.</summary>
    public static class NominalBatch
    {
        /// <summary>FsCheck's way to find the generator.</summary>
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.FewMacs
            from batch in RandomWorkloads.Batch
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, [new(0, batch)], [], seed));
    }

    /// <summary>One batch that is there from the start, on a small farm to which anything may happen.</summary>
    public static class BatchWithFaults
    {
        /// <summary>FsCheck's way to find the generator.</summary>
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.FewMacs
            from batch in RandomWorkloads.Batch
            from faults in RandomFaults.For(macs.Count)
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, [new(0, batch)], faults, seed));
    }

    private static Arbitrary<RenderCase> Of(Gen<RenderCase> cases) => Arb.From(cases, Smaller);

    /// <summary>The same case without a fault, a batch, a clip, or the last Mac.</summary>
    private static IEnumerable<RenderCase> Smaller(RenderCase failing)
    {
        for (var index = 0; index < failing.Faults.Count; index++)
            yield return failing with { Faults = Without(failing.Faults, index) };
        for (var index = 0; index < failing.Submissions.Count && failing.Submissions.Count > 1; index++)
            yield return failing with { Submissions = Without(failing.Submissions, index) };
        for (var index = 0; index < failing.Submissions.Count; index++)
        {
            var submission = failing.Submissions[index];
            for (var clip = 0; clip < submission.Batch.Clips.Count && submission.Batch.Clips.Count > 1; clip++)
            {
                var fewer = submission with { Batch = submission.Batch with { Clips = Without(submission.Batch.Clips, clip) } };
                yield return failing with
                {
                    Submissions = [
                    .. failing.Submissions.Take(index), fewer, .. failing.Submissions.Skip(index + 1)]
                };
            }
        }

        if (failing.Macs.Count > 1)
            yield return failing with
            {
                Macs = Without(failing.Macs, failing.Macs.Count - 1),
                Faults = failing.Faults.Where(fault => fault.Mac < failing.Macs.Count - 1).ToList()
            };
    }

    private static List<T> Without<T>(IReadOnlyList<T> items, int index) => items.Where((_, at) => at != index).ToList();
}
