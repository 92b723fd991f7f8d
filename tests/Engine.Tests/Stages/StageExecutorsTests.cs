using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Stages;

public sealed class StageExecutorsTests
{
    [Fact]
    public void Every_stage_kind_with_a_model_component_has_an_executor()
    {
        var executors = StageExecutors.Create(null!, _ => throw new NotSupportedException());
        Assert.Equal(
            StageKinds.All.Where(kind => kind.Component is not null).Select(kind => kind.StageType).OrderBy(type => type.Name),
            executors.Keys.OrderBy(type => type.Name));
    }
}
