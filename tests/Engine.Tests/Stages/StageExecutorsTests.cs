using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Stages;

public sealed class StageExecutorsTests
{
    [Fact]
    public void Every_stage_kind_that_needs_a_model_has_an_executor()
    {
        var executors = StageExecutors.Create(null!, _ => throw new NotSupportedException());
        Assert.Equal(
            StageKinds.All.Where(kind => kind.Component is not null).Select(kind => kind.StageType).OrderBy(type => type.Name),
            executors.Keys.OrderBy(type => type.Name));
    }
}
