using Xunit.Abstractions;
using Xunit.Sdk;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Runs a class's theories before its facts, which can then judge all cases of the theories.</summary>
public sealed class FactsLast : ITestCaseOrderer
{
    /// <inheritdoc/>
    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase => testCases.OrderBy(test => test.TestMethodArguments is not { Length: > 0 });
}
